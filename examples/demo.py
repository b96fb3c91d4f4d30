"""What `make demo` does: compiles the specs, draws them, trains the models of `specs/digits/` on real digits."""

from __future__ import annotations

import importlib.util
import random
import sys
import time
from pathlib import Path

import torch
from digits import digits, train

import clspec
from clspec.diagrams.render import NoEngineError

ROOT = Path(__file__).parent.parent
BUILD = ROOT / "build"


def compile_and_draw(spec: Path) -> Path:
    """Writes model.py, architecture.svg and evolution.svg of a spec under build/; the path of model.py."""
    folder = BUILD / spec.parent.name / spec.stem
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / "model.py"
    target.write_text(clspec.emit(spec), encoding="utf-8")
    try:
        clspec.render(spec, "architecture").save(folder / "architecture.svg")
        clspec.render(spec, "evolution").save(folder / "evolution.svg")
    except NoEngineError as error:
        print(f"  {error}", file=sys.stderr)
    print(f"  {spec.relative_to(ROOT)} -> {folder.relative_to(ROOT)}/", flush=True)
    return target


def load(path: Path, name: str) -> torch.nn.Module:
    """An instance of a generated class, imported from its file like any other module."""
    found = importlib.util.spec_from_file_location(path.parent.name, path)
    if found is None or found.loader is None:
        raise ImportError(f"cannot import {path}")
    module = importlib.util.module_from_spec(found)
    sys.modules[path.parent.name] = module
    found.loader.exec_module(module)
    return getattr(module, name)()


def main() -> None:
    torch.set_num_threads(1)  # small matrices: a second thread costs more than it brings
    started = time.perf_counter()
    print("Compiling and drawing")
    generated = {
        spec.stem: compile_and_draw(spec)
        for spec in sorted({*ROOT.glob("specs/**/*.clspec")} - {*ROOT.glob("specs/blocks/*")})
    }

    train_set, test_set = digits()
    print(f"\nTraining on {len(train_set)} handwritten digits, testing on {len(test_set)}")
    results: dict[str, float] = {}
    runs = (
        ("task-incremental", "task_incremental", "TaskIncremental", 0),
        ("class-incremental", "class_incremental", "ClassIncremental", 0),
        ("class-incremental with replay", "class_incremental", "ClassIncremental", 40),
    )
    for title, stem, name, replay in runs:
        print(f"\n{title}: {name}")
        torch.manual_seed(0)
        random.seed(0)
        tasks = stem == "task_incremental"
        streams = [
            clspec.streams.from_dataset(data, 5, task_labels=tasks, class_ids_from_zero=tasks)
            for data in (train_set, test_set)
        ]
        results[title] = train(load(generated[stem], name), *streams, task_labels=tasks, replay=replay)

    print("\nAverage accuracy over all five experiences")
    for title, result in results.items():
        print(f"  {title:<30} {result:6.1%}")
    print("  (without replay, a class-incremental model forgets: about 20 % is expected)")
    print(f"\nThe generated modules and pictures are in build/. {time.perf_counter() - started:.0f} seconds.")


if __name__ == "__main__":
    main()
