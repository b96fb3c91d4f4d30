"""What the views say, read from their DOT text."""

from __future__ import annotations

import html
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from clspec.diagrams.architecture import draw_architecture
from clspec.diagrams.evolution import draw_evolution
from clspec.diagrams.scene import Frame, Scene
from clspec.growth import RETIRED, PartState

from .scenes import EXAMPLES, Example, class_incremental, frozen_backbone, task_incremental


def words(dot: str) -> str:
    """The visible text of all labels, in file order."""
    return html.unescape(" ".join(re.findall(r">([^<>]+)</", dot))).replace("\xa0", " ")


def at(example: Example, number: int) -> str:
    return draw_architecture(
        example.scene, example.frames[number].states, later=example.frames[number + 1 :], at=number
    )


def born(example: Example) -> str:
    return draw_architecture(example.scene, example.initial, later=example.frames)


def film(example: Example) -> str:
    return draw_evolution(example.scene, example.initial, example.frames)


def test_the_subtitle_tells_file_input_size_and_end() -> None:
    said = words(at(class_incremental(), 1))
    assert "specs/split_mnist.clspec · input 1×28×28 · experience 1 · 403,972 params now, 403,972 train (100 %)" in said
    assert "after experience 4: 407,050" in said


def test_a_growing_head_shows_kept_newest_and_coming_classes() -> None:
    said = words(at(class_incremental(), 1))
    assert "512 → 4 of 10 0 1 2 3 4 5 6 7 8 9" in said
    assert "2,052 params now · +1,026 per experience" in said
    assert all(meaning in said for meaning in ("class known before", "newest class", "class to come"))
    assert "row not claimed yet" not in said


def test_born_rows_are_those_that_the_first_classes_claim() -> None:
    said = words(born(class_incremental()))
    assert "512 → 2 of 10 0 1 2 3 4 5 6 7 8 9" in said
    assert "row not claimed yet" in said


def test_many_classes_are_folded() -> None:
    example = class_incremental(100, 10)
    assert "0 1 2 … 97 98 99" in words(at(class_incremental(100, 100), 0))
    assert "0 1 … 19 20 21 … 29 30 31 … 99" in words(at(example, 2))


def test_retired_rows_answer_for_no_class() -> None:
    example = class_incremental()
    head = PartState(1539, 1539, rows=((0, 1, RETIRED),))
    said = words(draw_architecture(example.scene, {**example.initial, "classifier": head}, at=0))
    assert "512 → 2 0 1 ×" in said
    assert "row retired" in said


def test_states_have_words_and_the_legend_tells_only_those_that_occur() -> None:
    said = words(at(frozen_backbone(), 1))
    assert all(word in said for word in ("FROZEN", "PART FROZEN", "TRAINS", "GROWS", "R1", "R2"))
    assert "LATER" not in said and "NEW" not in said
    assert "after experience 0: freeze backbone until layer1" in said.replace("  ", " ").replace("  ", " ")


def test_equal_siblings_are_folded() -> None:
    dot = at(frozen_backbone(), 1)
    assert "0..2 linear" in words(dot)
    assert "3 ×" in words(dot)
    assert '"neck.1"' not in dot
    assert "16,512 params each" in words(dot)


def test_siblings_in_different_states_are_not_folded() -> None:
    example = frozen_backbone()
    states = {**example.initial, "neck.1": PartState(16512, 0)}
    assert '"neck.1"' in draw_architecture(example.scene, states)


def test_tasks_have_a_box_each_behind_the_task_label() -> None:
    dot = at(task_incremental(), 1)
    assert all(f'"heads:label" -> "heads:task{task}"' in dot for task in range(3))
    assert "task 0 FROZEN" in words(dot).replace("  ", " ")
    assert all(word in words(dot) for word in ("NEW", "LATER", "task label", "258 params when added"))


def test_many_tasks_are_folded() -> None:
    assert "task 3 ... 48" in words(at(task_incremental(50), 49))
    middle = words(at(task_incremental(50), 20))
    assert "task 3 ... 19" in middle and "task 21 ... 48" in middle and "task 20" in middle


def test_a_tap_into_a_box_drawn_whole_names_the_place() -> None:
    assert "stage2 · 32×16×16" in words(at(EXAMPLES["nested_groups"], 1))


def test_nodes_carry_id_tooltip_and_link() -> None:
    dot = born(class_incremental())
    assert 'id="classifier"' in dot
    assert 'URL="specs/split_mnist.clspec#L6"' in dot
    assert 'tooltip="classifier: incremental' in dot


def test_the_film_says_what_changed() -> None:
    said = words(film(frozen_backbone()))
    assert said.count("BUILT") == 1
    assert said.count("+2 ROWS") == 4
    assert said.count("NOW PART FROZEN") == 1
    assert "128 → 4 (was 2)" in said.replace("  ", " ")
    assert "classes 2, 3" in said


def test_the_film_of_tasks_names_new_heads() -> None:
    said = words(film(task_incremental()))
    assert said.count("NEW HEAD") == 2
    assert "tasks 1 and 2 later" in said


def test_a_long_film_is_folded() -> None:
    dot = film(task_incremental(50))
    assert "… 45 more …" in words(dot)
    assert re.findall(r'subgraph "cluster_e(\d+)"', dot) == ["0", "1", "2", "48", "49"]


def test_a_part_that_thaws_trains_again_and_a_reset_is_told() -> None:
    example = class_incremental()
    frozen = {**example.initial, "features": PartState(401920, 0)}
    frames = [
        Frame(0, (0, 1), (0,), frozen, ()),
        Frame(1, (), (0,), example.initial, ()),
        Frame(2, (), (0,), example.initial, ("features: reset",)),
    ]
    said = words(draw_evolution(example.scene, example.initial, frames))
    assert "NOW FROZEN" in said and "TRAINS AGAIN" in said
    assert re.search(r"CHANGED (?:784|simple_mlp)", said)


def test_a_model_without_a_stream_or_parts_is_drawn() -> None:
    empty = Scene("Empty", "e.clspec", "", (), (), ())
    assert "digraph" in draw_evolution(empty, {}, ())
    assert "digraph" in draw_architecture(empty, {})


@pytest.mark.parametrize("seed", ["0", "1", "4711"])
def test_the_same_bytes_under_every_hash_seed(seed: str) -> None:
    here = {name: born(example) + film(example) for name, example in EXAMPLES.items()}
    script = (
        "import sys, hashlib; sys.path.insert(0, 'tests')\n"
        "from diagrams.scenes import EXAMPLES\n"
        "from clspec.diagrams.architecture import draw_architecture as a\n"
        "from clspec.diagrams.evolution import draw_evolution as e\n"
        "both = lambda x: a(x.scene, x.initial, later=x.frames) + e(x.scene, x.initial, x.frames)\n"
        "text = ''.join(map(both, EXAMPLES.values()))\n"
        "print(hashlib.sha256(text.encode()).hexdigest())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": "."}
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, cwd=root, capture_output=True, text=True, check=True
    )
    import hashlib

    assert done.stdout.strip() == hashlib.sha256("".join(here.values()).encode()).hexdigest()


def test_drawing_needs_no_engine_and_no_heavy_import() -> None:
    script = (
        "import sys, clspec.diagrams.architecture, clspec.diagrams.evolution, clspec.diagrams.render\n"
        "print([name for name in ('torch', 'lark', 'pydantic', 'graphviz', 'pygraphviz') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_adding_a_node_reorders_no_lines() -> None:
    example = class_incremental()
    boxes = example.scene.boxes
    more = replace(boxes[1], path="extra", name="extra", line=7)
    grown = draw_architecture(replace(example.scene, boxes=(*boxes[:2], more, boxes[2])), example.initial)
    kept = [line for line in grown.splitlines() if "extra" not in line and "label=<<TABLE" not in line]
    before = [
        line for line in draw_architecture(example.scene, example.initial).splitlines() if "label=<<TABLE" not in line
    ]
    assert [line for line in kept if line in before] == [line for line in before if line in kept]
