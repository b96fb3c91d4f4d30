"""How a picture is wanted: direction, theme, legend, depth, what is open."""

from __future__ import annotations

import re

import pytest

from clspec.diagrams import style, themes
from clspec.diagrams.options import Options
from clspec.diagrams.views import VIEWS

from .scenes import EXAMPLES, class_incremental, frozen_backbone, task_incremental
from .test_views import words


@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_a_direction_is_taken_as_told(direction: str) -> None:
    for example in EXAMPLES.values():
        drawn = example.drawn(options=Options(direction=direction))  # pyright: ignore[reportArgumentType]
        assert f'rankdir="{direction}"' in drawn.source
        assert drawn.mermaid.startswith(f"flowchart {direction}\n")


def test_a_film_stands_in_one_row_or_one_below_the_other() -> None:
    ranks = {}
    for direction in ("LR", "TB"):
        film = class_incremental().drawn("evolution", options=Options(direction=direction)).source  # pyright: ignore[reportArgumentType]
        assert "→ experience" not in words(film)
        ranks[direction] = [line.count(";") - 1 for line in film.splitlines() if "rank=same" in line]
    assert ranks == {"LR": [5, 5], "TB": [1] * 10}


def colours(text: str) -> set[str]:
    return set(re.findall(r"#[0-9A-F]{6}", text))


@pytest.mark.parametrize("theme", ["dark", "print"])
@pytest.mark.parametrize("view", VIEWS)
def test_no_colour_of_the_light_theme_is_left(theme: str, view: str) -> None:
    table = themes.THEMES[theme]  # pyright: ignore[reportArgumentType]
    for example in EXAMPLES.values():
        light, other = (
            example.drawn(view, at=2, options=Options(theme=each))  # pyright: ignore[reportArgumentType]
            for each in ("light", theme)
        )
        for before, after in ((light.source, other.source), (light.mermaid, other.mermaid)):
            assert colours(before) <= set(table)
            assert colours(after) <= set(table.values())
        assert other.text == light.text


def test_the_svg_turns_dark_with_the_page_unless_a_theme_is_told() -> None:
    svg = frozen_backbone().drawn(at=2).svg()
    sheet = svg.partition("<style>")[2].partition("</style>")[0]
    assert sheet.startswith("@media (prefers-color-scheme:dark){")
    # Inside a page it must reach nothing else.
    rules = re.split(r"}", sheet.partition("{\n")[2].strip())
    assert all(rule.strip().startswith(".clspec-auto ") for rule in rules if rule.strip())
    assert re.search(r'<svg [^>]*class="clspec-auto"', svg)
    drawn = svg.replace(sheet, "")
    used = {colour.upper() for colour in re.findall(r"#[0-9a-f]{6}", drawn)}
    assert style.PAPER in used and style.FROZEN_SHARE in used
    for colour in used:
        assert f'.clspec-auto [fill="{colour.lower()}"]{{fill:{themes.THEMES["dark"][colour].lower()}}}' in sheet
    assert all(
        "<style>" not in frozen_backbone().drawn(options=Options(theme=told)).svg() for told in ("light", "dark")
    )


def luminance(colour: str) -> float:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (red, green, blue)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", themes.THEMES)
def test_text_can_be_read_on_everything_that_it_stands_on(theme: str) -> None:
    """The contrast that WCAG 2.2 asks for, at level AA."""
    table = themes.THEMES[theme]  # pyright: ignore[reportArgumentType]

    def seen(colour: str) -> str:
        return table.get(colour, colour)

    fills = {style.PAPER, style.FRAME, *(look.fill for look in style.LOOKS.values()), style.CHANGED.fill}
    for fill in fills | {style.FROZEN_SHARE}:
        for ink in (style.INK, style.MUTED):
            assert contrast(seen(ink), seen(fill)) >= 4.5, (ink, fill)
    for look in style.CELLS.values():
        assert contrast(seen(look.color), seen(look.fill)) >= 4.5, look
    for chip in (style.GREY, style.BLUE, style.ORANGE):
        assert contrast(seen(style.PAPER), seen(chip)) >= 4.5, chip


def test_words_that_look_like_our_colours_stay_as_they_are() -> None:
    text = 'fill:#FFFFFF COLOR="#FFFFFF" ="#FFFFFF"'
    example = class_incremental(name=text)
    assert example.drawn(options=Options(theme="dark")).title == text
    assert text.replace('"', "&quot;") in example.drawn(options=Options(theme="dark")).source


def test_without_a_legend_the_rules_stay() -> None:
    for view in VIEWS:
        with_it, without = (
            words(frozen_backbone().drawn(view, options=Options(legend=legend)).source)  # pyright: ignore[reportArgumentType]
            for legend in (True, False)
        )
        assert "updated by the optimizer" in with_it and "updated by the optimizer" not in without
        assert ("class to come" in with_it) == (view != "adaptation") and "class to come" not in without
    assert "freeze backbone until layer1" in words(frozen_backbone().drawn(options=Options(legend=False)).source)


def test_below_the_depth_a_box_stands_for_what_is_in_it() -> None:
    drawn = frozen_backbone().drawn(at=1, options=Options(depth=1))
    said = words(drawn.source)
    assert "4 parts inside" in said and "3 parts inside" in said and "layer1 " not in said.partition("R1")[0]
    assert '"backbone" -> "neck"' in drawn.source and '"neck" -> "head"' in drawn.source
    assert "PART FROZEN" in said and "subgraph in_" not in drawn.mermaid and "│" not in drawn.text


def test_a_part_can_be_open_below_the_depth() -> None:
    drawn = frozen_backbone().drawn(options=Options(depth=1, expand=("neck",)))
    assert all(f'"neck.{number}"' in drawn.source for number in range(3))  # and not folded into one
    assert "backbone.stem" not in drawn.source
    assert all(f"─ {number} " in drawn.text for number in range(3))


def test_one_of_a_run_can_stand_by_itself() -> None:
    drawn = frozen_backbone().drawn(options=Options(expand=("neck.1",)))
    assert all(f'"neck.{number}"' in drawn.source for number in range(3))


def test_a_closed_box_grows_with_what_is_in_it() -> None:
    example = EXAMPLES["nested_groups"]
    closed = example.drawn(options=Options(depth=1)).text
    assert any("parts inside" in line and "GROWS" in line for line in closed.splitlines())


def test_all_tasks_can_be_drawn() -> None:
    said = words(task_incremental(50).drawn(at=20, options=Options(expand=("heads",))).source)
    assert all(f"task {task} " in said for task in range(50))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"direction": "up"}, 'unknown direction "up"; one of: auto, LR, TB'),
        ({"theme": "pink"}, 'unknown theme "pink"; one of: auto, light, dark, print'),
        ({"depth": 0}, "depth is 0, .* give a whole number from 1"),
        ({"depth": 1.5}, "depth is 1.5, .* give a whole number from 1"),
        ({"depth": "2"}, "depth is '2', .* give a whole number from 1"),
    ],
)
def test_a_wrong_option_names_the_choices(wrong: dict[str, str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Options(**wrong)  # pyright: ignore[reportArgumentType]


def test_an_unknown_part_names_those_that_there_are() -> None:
    with pytest.raises(ValueError, match=r'unknown part "nek"; one of: image, backbone, backbone\.stem'):
        frozen_backbone().drawn(options=Options(expand=("nek",)))
