"""Views as text: what a terminal shows."""

from __future__ import annotations

from dataclasses import replace

from clspec.diagrams.options import Options
from clspec.diagrams.text import columns
from clspec.diagrams.views import VIEWS

from .scenes import EXAMPLES, class_incremental, frozen_backbone, task_incremental
from .test_hostile import HOSTILE, hostile


def test_the_tree_tells_kinds_sizes_states_and_rules() -> None:
    assert class_incremental().drawn(at=1).text == (
        "SplitMnist\n"
        "specs/split_mnist.clspec · input 1×28×28 · experience 1 · 403,972 params now, 403,972 train (100 %) · "
        "after experience 4: 407,050\n"
        "Grows.\n"
        "\n"
        "part           kind                         gives  parameters  trainable  state, rules, classes\n"
        "SplitMnist                                            403,972    403,972\n"
        "├─ x           image(1, 28, 28)\n"
        "├─ features    simple_mlp · 784 → 512                 401,920    401,920  TRAINS\n"
        "└─ classifier  incremental · 512 → 4 of 10              2,052      2,052  GROWS · R1 · kept 0 1 · new 2 3 · "
        "to come 4 5 6 7 8 9 · +1,026 per experience\n"
        "\n"
        "R1  when new classes arrive:  expand classifier (its own rule, line 6)\n"
    )


def test_repeats_are_counted_and_their_parameters_add_up() -> None:
    lines = frozen_backbone().drawn(at=1).text.splitlines()
    assert [line.split() for line in lines if "0..2" in line] == [
        ["│", "└─", "0..2", "3", "×", "linear", "·", "128", "→", "128", "49,536", "49,536", "TRAINS"]
    ]
    (neck,) = [line for line in lines if line.startswith("├─ neck")]
    assert "49,536" in neck


def test_members_stand_below_their_part_and_like_ones_are_folded() -> None:
    tree = task_incremental(50).drawn(at=20).text
    assert "├─ task 0 " in tree and "├─ task 3 ... 19 " in tree and "└─ task 49 " in tree
    assert "task 4 " not in tree
    every = task_incremental(50).drawn(at=20, options=Options(expand=("heads",))).text
    assert all(f"─ task {task} " in every for task in range(50))


def test_what_is_not_there_yet_has_no_parameters_of_its_own() -> None:
    lines = task_incremental().drawn().text.splitlines()
    (later,) = [line for line in lines if "task 2" in line]
    assert later.split("   ")[-1].strip() == "LATER · to come 0 1 · 258 params when added"


def test_columns_line_up_whatever_the_script() -> None:
    first, second, third = columns([("ab", "1"), ("漢字", "22"), ("e\u0301", "3")], right=(1,))
    assert (first, second, third) == ("ab     1", "漢字  22", "e\u0301      3")


def test_no_name_breaks_a_line_or_reaches_the_terminal_raw() -> None:
    for text in HOSTILE.values():
        example = hostile(text)
        for shown in (example.drawn(view).text for view in VIEWS):
            assert shown.isprintable() or all(
                letter == "\n" or letter.isprintable() for letter in shown.replace("\xad", "")
            )


def test_the_film_has_a_line_an_experience_and_says_what_changed() -> None:
    film = class_incremental().drawn("evolution").text
    assert film.startswith("SplitMnist, experience by experience\n")
    rows = [line.split() for line in film.splitlines() if line.endswith("+2 rows")]
    assert [row[0] for row in rows] == ["0", "1", "2", "3", "4"]
    assert rows[1] == ["1", "2,", "3", "0", "403,972", "100", "%", "classifier:", "+2", "rows"]
    long = EXAMPLES["fifty_tasks"].drawn("evolution").text
    assert all(f"\n{number:>10}  " in long for number in range(50))


def test_every_change_of_an_experience_is_told() -> None:
    example = class_incremental()
    frame = replace(example.frames[1], changes=("classifier: +2 rows", "features: frozen"))
    quiet = replace(example.frames[2], changes=())
    film = replace(example, frames=[example.frames[0], frame, quiet]).drawn("evolution").text
    assert "classifier: +2 rows\n" in film and "  features: frozen\n" in film
    assert film.splitlines()[-3].endswith("nothing")
