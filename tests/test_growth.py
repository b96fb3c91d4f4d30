"""What rules reach, in plain data and without torch."""

import subprocess
import sys

import pytest

from clspec.experience import Experience, read_experience
from clspec.growth import Frozen, Members, Rows, Rule, Series, between, find_inside, on, reached

HEAD = Series("generations", (None, None, None))
TREE = {"token": {}, "features": {"stem": {}, "stage1": {"conv": {}, "norm": {}}, "stage2": {}}, "last": {}}


@pytest.mark.parametrize(
    ("target", "series", "paths"),
    [
        ("head", HEAD, ["head"]),
        ("head[:-1]", HEAD, ["head.generations.0", "head.generations.1"]),
        ("head[3]", HEAD, []),
        ("[-1]", HEAD, ["generations.2"]),
        ("heads[:][-1]", Series("members", (HEAD, Series("generations", ()))), ["heads.members.0.generations.2"]),
    ],
)
def test_slices(target, series, paths):
    assert reached(Rule(on.new_class, "freeze", target), series, {}) == paths


def test_boundaries():
    rule = Rule(on.start, "freeze", "trunk", until="stage1")
    assert reached(rule, None, TREE) == ["trunk.token", "trunk.features.stem", "trunk.features.stage1"]
    assert between(TREE, "features.stage1.norm", None) == ["features.stage1.norm", "features.stage2", "last"]
    assert between(TREE, "features.stem", "features.stage1.conv") == ["features.stem", "features.stage1.conv"]
    assert between(TREE, None, None) == ["token", "features", "last"]
    assert find_inside(TREE, "stage1.norm") == "features.stage1.norm"
    with pytest.raises(ValueError, match="nothing inside is called 'stage9'; there are token, features, last"):
        find_inside(TREE, "stage9")


def test_a_part_frozen_by_slices_grows_what_trains_and_a_frozen_part_what_stands_still():
    frozen = Frozen()
    assert frozen.freeze("head.generations.0", "head.generations.1")
    assert not frozen.freeze("head.generations.0")
    assert not frozen.holds("head.generations.2.weight")
    assert frozen.freeze("head")
    assert frozen.holds("head.generations.2.weight")
    assert frozen.unfreeze("head.generations.1")
    assert [frozen.holds(f"head.generations.{at}") for at in range(3)] == [True, False, True]


def test_a_class_of_a_task_without_a_member_is_new():
    members, rows = Members([0]), [Rows.of([1, 2])]
    assert not members.brings_classes(read_experience(Experience([1, 2], [0])), rows)
    assert members.brings_classes(read_experience(Experience([1, 2], [5])), rows)
    assert not members.brings_classes(read_experience(Experience(None, [5])), rows)


def test_compact_rows():
    rows = Rows.unclaimed(3, compact=True)
    rows.expand([70, 9])
    assert (rows.columns, rows.width, rows.width_with([9, 4])) == ([(0, 0), (1, 1)], 2, 3)
    assert not rows.alignable
    rows.expand([4])
    assert rows.alignable


def test_growth_needs_no_torch():
    code = "import sys, clspec.growth; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
