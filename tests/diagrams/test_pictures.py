"""Each view drawn by each engine there is: nothing leaves its box, nothing overlaps, no engine complains."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from itertools import combinations

import pytest

from clspec.diagrams.adaptation import draw_adaptation
from clspec.diagrams.architecture import draw_architecture
from clspec.diagrams.engines import available_engines
from clspec.diagrams.evolution import draw_evolution
from clspec.diagrams.options import Options

from .complaints import complaints
from .scenes import EXAMPLES, Example
from .svg_boxes import Area, Group, read_groups

VIEWS: dict[str, Callable[[Example], str]] = {
    "born": lambda e: draw_architecture(e.scene, e.initial, later=e.frames),
    "middle": lambda e: draw_architecture(e.scene, e.frames[2].states, later=e.frames[3:], at=2),
    "adaptation": lambda e: draw_adaptation(e.scene, e.initial),
    "evolution": lambda e: draw_evolution(e.scene, e.initial, e.frames),
    "to the right": lambda e: e.drawn(at=1, options=Options(direction="LR")).source,
    "downwards": lambda e: e.drawn(at=1, options=Options(direction="TB", legend=False)).source,
    "shallow": lambda e: e.drawn(at=1, options=Options(depth=1)).source,
    "rules downwards": lambda e: e.drawn("adaptation", options=Options(direction="TB")).source,
    "a column": lambda e: e.drawn("evolution", options=Options(direction="TB")).source,
}
ENGINES = available_engines()


def picture(engine: str, example: str, view: str) -> str:
    (svg,), said = ENGINES[engine]([VIEWS[view](EXAMPLES[example])], "svg")
    assert complaints(said) == ""
    return svg.decode()


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("example", EXAMPLES)
@pytest.mark.parametrize("engine", ENGINES)
def test_no_text_leaves_its_box_and_nothing_overlaps(engine: str, example: str, view: str) -> None:
    groups = read_groups(picture(engine, example, view))
    for group in groups:
        if group.area is None or group.name == "cluster_sheet":
            continue  # plain words have no box
        for words, area in group.texts:
            assert group.area.holds(area, slack=1.5), f"{words!r} leaves {group.name}"
        for (one, here), (other, there) in combinations(visible(group), 2):
            assert here.overlap(there) < 1.5, f"{one!r} overlaps {other!r} in {group.name}"
    boxes = [group for group in groups if group.kind == "node" and group.area]
    for one, other in combinations(boxes, 2):
        assert one.area and other.area and one.area.overlap(other.area) < 1.0, f"{one.name} overlaps {other.name}"


def visible(group: Group) -> list[tuple[str, Area]]:
    return [(words, area) for words, area in group.texts if words.strip()]


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("example", EXAMPLES)
def test_no_engine_at_hand_warns(example: str, view: str) -> None:
    """`make test` installs pygraphviz; Debian's dot is asked too where it is there, past the package that hides it."""
    source = VIEWS[view](EXAMPLES[example])
    assert ENGINES
    assert all(complaints(said) == "" for _, said in (engine([source], "svg") for engine in ENGINES.values()))
    if shutil.which("dot"):
        done = subprocess.run(["dot", "-Tsvg"], input=source.encode(), capture_output=True, check=False)
        assert (done.returncode, complaints(done.stderr.decode())) == (0, "")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("example", EXAMPLES)
def test_frames_run_left_to_right_and_down_in_every_engine(engine: str, example: str) -> None:
    groups = read_groups(picture(engine, example, "evolution"))
    frames = {g.name: g.area for g in groups if g.kind == "cluster" and g.name.startswith("cluster_e") and g.area}
    ordered = sorted(frames, key=lambda name: int(name.removeprefix("cluster_e")))
    places = [(round(area.top / 60), area.left) for area in (frames[name] for name in ordered) if area]
    assert places == sorted(places)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("example", ["task_incremental", "fifty_tasks", "nested_groups"])
def test_tasks_stand_in_order_in_every_engine(engine: str, example: str) -> None:
    groups = read_groups(picture(engine, example, "middle"))
    tasks = [(int(g.name.split(":task")[1].split("-")[0]), g.area) for g in groups if ":task" in g.name]
    areas = [area for _, area in sorted(tasks, key=lambda pair: pair[0]) if area]
    # Cards of different sizes stand in line by their middles.
    for middles in ([a.left + a.right for a in areas], [a.top + a.bottom for a in areas]):
        assert [round(middle) for middle in middles] == sorted(round(middle) for middle in middles)


@pytest.mark.parametrize("engine", ENGINES)
def test_groups_side_by_side_stand_in_the_order_of_the_text(engine: str) -> None:
    areas = {g.name: g.area for g in read_groups(picture(engine, "nested_groups", "born"))}
    coarse, fine = areas["cluster_coarse"], areas["cluster_fine"]
    assert coarse and fine
    assert coarse.right <= fine.left or coarse.bottom <= fine.top
