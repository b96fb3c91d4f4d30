"""The view of two specs: every part is there, marked by fill, border and a word, in every format and theme."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest

import clspec
from clspec.comparison.picture import draw_comparison
from clspec.diagrams import style, themes
from clspec.diagrams.engines import available_engines
from clspec.diagrams.model_scene import make_scene
from clspec.diagrams.options import SUFFIXES, Options

from .complaints import complaints
from .svg_boxes import read_groups

PAIRS = sorted(path for path in (Path(__file__).parents[1] / "pairs").iterdir() if path.is_dir())
each_pair = pytest.mark.parametrize("pair", PAIRS, ids=lambda path: path.name)
ENGINES = available_engines()
MARKS = {"added": "ADDED", "removed": "REMOVED", "changed": "CHANGED", "moved": "MOVED"}


def compared(pair: Path, at: int | None = None):
    new = next(pair / name for name in ("new.yaml", "new.clspec") if (pair / name).exists())
    return clspec.diff(pair / "old.clspec", new, at=at, stream=None if at is None else "tasks")


def drawn_ids(source: str) -> list[str]:
    return [html.unescape(each).replace('\\"', '"') for each in re.findall(r'\bid="((?:[^"\\]|\\.)*)"', source)]


@each_pair
def test_every_part_of_both_models_is_drawn_once_with_what_became_of_it(pair) -> None:
    comparison = compared(pair)
    diagram = comparison.render()
    ids = drawn_ids(diagram.source)
    changes = {change.path: change for part in comparison.parts for change in part.walk() if change.sign != "removed"}
    for side in make_scene(comparison.sides[1].analysis).boxes:
        assert ids.count(side.path) == 1
    removed = {change.path for part in comparison.parts for change in part.walk() if change.sign == "removed"}
    assert {each.removeprefix("old:") for each in ids if each.startswith("old:") and "->" not in each} == removed
    words = {MARKS[change.sign] for change in changes.values()} | ({"REMOVED"} if removed else set())
    for word in MARKS.values():
        assert (f"<B>{word}</B>" in diagram.source or f" {word}</B>" in diagram.source) == (word in words), word
        assert (f"{word}<br>" in diagram.mermaid or f'{word}"' in diagram.mermaid or f"{word} " in diagram.mermaid) >= (
            word in words
        )
    assert diagram.text == f"{comparison}\n"


@each_pair
@pytest.mark.parametrize("engine", ENGINES)
def test_no_text_leaves_its_box_and_nothing_overlaps(engine, pair) -> None:
    for options in ({}, {"direction": "LR"}, {"direction": "TB"}, {"depth": 1, "legend": False}):
        (svg,), said = ENGINES[engine]([compared(pair, at=1).render(**options).source], "svg")
        assert complaints(said) == ""
        groups = read_groups(svg.decode())
        for group in groups:
            if group.area is not None and group.name != "cluster_sheet":
                for words, area in group.texts:
                    assert group.area.holds(area, slack=1.5), f"{words!r} leaves {group.name}"
        boxes = [group for group in groups if group.kind == "node" and group.area]
        for one, other in combinations(boxes, 2):
            assert one.area and other.area and one.area.overlap(other.area) < 1.0, f"{one.name} overlaps {other.name}"


def test_a_mark_is_a_fill_a_border_and_a_word_in_every_theme() -> None:
    for table in themes.THEMES.values():
        looks = {
            (table.get(look.fill, look.fill), table.get(look.border, look.border), look.line)
            for look in [*style.MARKS.values(), style.FIXED]
        }
        assert len(looks) == len(style.MARKS) + 1


@pytest.mark.parametrize("theme", ["dark", "print"])
def test_no_colour_of_the_light_theme_is_left(theme) -> None:
    for pair in PAIRS:
        light, other = (compared(pair).render(theme=each) for each in ("light", theme))
        table = themes.THEMES[theme]
        for before, after in ((light.source, other.source), (light.mermaid, other.mermaid)):
            assert set(re.findall("#[0-9A-F]{6}", before)) <= set(table)
            assert set(re.findall("#[0-9A-F]{6}", after)) <= set(table.values())


def test_it_is_the_same_each_time_and_saved_in_every_format(tmp_path) -> None:
    pair = next(path for path in PAIRS if path.name == "into_a_group")
    assert compared(pair).render().source == compared(pair).render().source
    for suffix in SUFFIXES:
        assert compared(pair).render().save(tmp_path / f"d{suffix}").stat().st_size > 100
    page = (tmp_path / "d.html").read_text("utf-8")
    assert "→ neck fine.deep (was deep, linear · relu 6 → 5, from body)" in page and "<script" not in page
    assert str(pair.parent) not in compared(pair).render().source  # it does not depend on where the specs lie


def test_what_strangers_write_is_only_text() -> None:
    pair = next(path for path in PAIRS if path.name == "head_added")
    comparison = compared(pair)
    evil = '<b>"x"</b>\\N]; evil [label=<'
    parts = tuple(replace(part, facts=(), what=evil, was=evil) for part in comparison.parts)
    diagram = draw_comparison(replace(comparison, model=evil, old=evil, new=evil, parts=parts), Options())
    for engine in ENGINES.values():
        (svg,), said = engine([diagram.source], "svg")
        assert complaints(said) == "" and b"evil" in svg
    assert "<b>" not in diagram.data("html").decode()
