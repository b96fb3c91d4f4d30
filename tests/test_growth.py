"""What rules reach, in plain data and without torch."""

import copy
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    members, rows = Members([0]), [Rows.of([1, 2])].__getitem__
    assert not members.brings_classes(read_experience(Experience([1, 2], [0])), rows)
    assert members.brings_classes(read_experience(Experience([1, 2], [5])), rows)
    assert not members.brings_classes(read_experience(Experience(None, [5])), rows)


def test_compact_rows():
    rows, _ = Rows.unclaimed(3, compact=True).expand([70, 9])
    assert (rows.columns, rows.width, rows.width_with([9, 4])) == ([(0, 0), (1, 1)], 2, 3)
    assert not rows.alignable
    rows, _ = rows.expand([4])
    assert rows.alignable


def told(rows):
    return rows.generations, rows.answering, rows.columns, rows.width, rows.in_order, rows.classes, rows.claimed


@given(
    initial=st.integers(0, 4),
    compact=st.booleans(),
    arrivals=st.lists(st.lists(st.integers(0, 12), max_size=4), max_size=6),
    returns=st.integers(0, 5),
)
def test_rows_that_grew_leave_those_before_as_they_were_and_are_what_their_list_of_classes_says(
    initial, compact, arrivals, returns
):
    """Growing shares memory; also where somebody goes back and grows on from there by other classes."""
    rows = Rows.unclaimed(initial, compact)
    grown = [(rows, told(rows))]
    for classes in arrivals:
        rows, _ = rows.expand(classes)
        grown.append((rows, told(rows)))
    back = grown[min(returns, len(grown) - 1)][0]
    other, expansion = back.expand([20, 3, 7])
    assert (expansion is None) == (not back.new([20, 3, 7]))
    for rows, before in (*grown, (other, told(other))):
        assert told(rows) == before
        assert told(Rows(rows.generations, rows.born, compact)) == before
        assert told(copy.deepcopy(rows)) == before
        assert rows.in_order == (rows.columns == [(row, row) for row in range(len(rows.flat))])


def test_growing_by_one_class_does_not_touch_the_thousands_before():
    rows = Rows.of(range(5000))
    longer, _ = rows.expand([5000])
    assert longer.in_common(rows) == 1
    assert longer.generation(0) is rows.generation(0)
    assert longer._known._places is rows._known._places


def test_growth_needs_no_torch():
    code = "import sys, clspec.growth; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
