"""Two real processes of torch.distributed, started by torchrun. What they do stands in tests/nn/distributed/."""

import os
import subprocess
import sys
from pathlib import Path

import torch

import clspec
from clspec.experience import Experience
from clspec.nn.distributed import synchronize

SCRIPTS = Path(__file__).parent / "distributed"


def on_two_ranks(script: Path, *arguments: object, restarts: int = 0) -> list[str]:
    """Runs a script on two ranks; the checks that it says held."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    # Without the second setting, ranks that are started again may read where the ranks before them were (torch 2.13).
    settings = {**os.environ, "OMP_NUM_THREADS": "1", "TORCH_DISABLE_SHARE_RDZV_TCP_STORE": "1"}
    done = subprocess.run(
        [*command, f"--max-restarts={restarts}", str(script), *map(str, arguments)],
        capture_output=True, text=True, check=False, env=settings,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_ranks_that_see_different_classes_grow_alike() -> None:
    assert len(on_two_ranks(SCRIPTS / "grow.py")) == 8


def test_the_example_trains_and_goes_on_from_its_checkpoint(tmp_path: Path) -> None:
    script = SCRIPTS.parents[2] / "examples" / "distributed.py"
    said = on_two_ranks(script, tmp_path / "points.safetensors")
    assert " ".join(said).count("100%") == 6  # two ranks may write into one line
    assert on_two_ranks(script, tmp_path / "points.safetensors") == []  # all is done


def test_taps_go_through_distributed_data_parallel() -> None:
    assert len(on_two_ranks(SCRIPTS / "tap.py")) == 1


def test_a_killed_rank_loses_nothing_and_one_process_takes_over(tmp_path: Path) -> None:
    assert len(on_two_ranks(SCRIPTS / "restart.py", tmp_path, restarts=1)) == 1
    model, optimizer = clspec.load_checkpoint(tmp_path / "killed.safetensors")
    state, told = torch.load(tmp_path / "expected.pt", weights_only=True)
    assert state.keys() == model.state_dict().keys()
    assert all(torch.equal(value, state[name]) for name, value in model.state_dict().items())
    assert clspec.optimizer_state(optimizer, model)["state"].keys() == told["state"].keys()
    assert [(task, c) for _, task, c, _ in model.class_map()] == [(0, 0), (0, 1), (1, 2), (1, 3), (2, 4), (2, 5)]
    report = model.adaptation(synchronize(Experience([6], [3], 3)), optimizer)  # alone, and nothing else is changed
    assert report.changes == ("h[-1]: frozen", "h: + member 3 for task 3 with 1 row for class 6")


def test_a_sharded_model_is_refused_with_a_recipe_that_grows_it(tmp_path: Path) -> None:
    assert len(on_two_ranks(SCRIPTS / "shard.py", tmp_path)) == 2
    grown, _ = clspec.load_checkpoint(tmp_path / "grown.safetensors")  # written by two ranks, of parts of the tensors
    for name, value in torch.load(tmp_path / "alone.pt", weights_only=True).items():
        if value.is_floating_point():
            torch.testing.assert_close(grown.state_dict()[name], value)


def test_a_head_over_the_ranks_is_the_whole_one(tmp_path: Path) -> None:
    assert len(on_two_ranks(SCRIPTS / "rows.py", tmp_path)) == 3


def test_the_example_of_a_sharded_head_goes_on_from_its_checkpoint(tmp_path: Path) -> None:
    script, path = SCRIPTS.parents[2] / "examples" / "sharded_head.py", tmp_path / "points.safetensors"
    said = " ".join(on_two_ranks(script, path))
    assert said.count("100%") == 6 and [said.count(f"{n} of {2 * n} rows") for n in (2, 4, 6)] == [2, 2, 2]
    assert on_two_ranks(script, path) == []  # all is done
    model, optimizer = clspec.load_checkpoint(path)  # one process has it whole
    assert [c for _, _, c, _ in model.class_map()] == list(range(12)) and len(optimizer.state) == 4


def test_the_example_of_growing_shards_goes_on_from_what_all_ranks_saved(tmp_path: Path) -> None:
    script = SCRIPTS.parents[2] / "examples" / "growing_shards.py"
    assert " ".join(on_two_ranks(script, tmp_path)).count("100%") == 6
    (tmp_path / "2.1.safetensors").unlink()  # as if rank 1 had died before it saved
    said = " ".join(on_two_ranks(script, tmp_path))
    assert said.count("100%") == said.count("6 of 12 rows") == 2


def test_a_process_without_a_group_is_one_rank() -> None:
    alone = synchronize(Experience([3, 1], [0], 2, dataset="data"))
    assert (alone.classes, alone.task_labels, alone.index, alone.dataset) == ([1, 3], [0], 2, "data")
    heads = [clspec.nn.IncrementalClassifier(4) for _ in range(2)]
    before = torch.get_rng_state()
    for head in heads:
        head.adaptation(Experience([0, 1, 2], growth_seed=7))
    assert torch.equal(torch.get_rng_state(), before)  # nothing is missing from torch's generator
    assert torch.equal(*(head.generations[0].extra_weight for head in heads))
