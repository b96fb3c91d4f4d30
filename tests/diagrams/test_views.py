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


def test_tasks_stand_below_each_other_where_a_row_of_equally_wide_cards_is_wider() -> None:
    assert all('rankdir="LR"' in picture for picture in (born(EXAMPLES["fifty_tasks"]), at(EXAMPLES["fifty_tasks"], 2)))


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
    assert "experiences 3 … 47" in words(dot)
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
    assert re.search(r"RESET (?:784|simple_mlp)", said)


@pytest.mark.parametrize(
    ("rule", "chip", "trainable"),
    [("trains again", "TRAINS AGAIN", 401920), ("frozen", "NOW FROZEN", 0), ("frozen until a", "NOW PART FROZEN", 9)],
)
def test_a_freeze_that_an_after_rule_undid_is_told_from_the_words(rule: str, chip: str, trainable: int) -> None:
    example = class_incremental()
    states = {**example.initial, "features": PartState(401920, trainable)}
    said = words(draw_evolution(example.scene, states, [Frame(0, (), (0,), states, (f"features: {rule}",))]))
    assert chip in said and "CHANGED 784" not in said


def test_what_is_frozen_throughout_says_so_beside_its_change() -> None:
    example = class_incremental()
    frozen = [
        replace(f, states={**f.states, "classifier": replace(f.states["classifier"], trainable=0)})
        for f in example.frames
    ]
    initial = {**example.initial, "classifier": replace(example.initial["classifier"], trainable=0)}
    said = words(draw_evolution(example.scene, initial, frozen))
    assert "BUILT FROZEN" in said and said.count("+2 ROWS FROZEN") == 4
    assert "fixed weights" in said
    assert "NOW FROZEN" not in said


def test_a_head_born_without_rows_and_frozen_is_not_frozen_anew() -> None:
    example = class_incremental()
    initial = {**example.initial, "classifier": PartState(0, 0, rows=())}
    states = {**example.initial, "classifier": PartState(1026, 0, rows=((0, 1),))}
    said = words(draw_evolution(example.scene, initial, [Frame(0, (0, 1), (0,), states, ())]))
    assert "+2 ROWS FROZEN" in said


def test_tasks_say_that_the_older_ones_are_frozen() -> None:
    assert words(film(task_incremental())).count("NEW HEAD PART FROZEN") == 1


def test_rows_that_no_class_claimed_count_in_the_film_as_in_the_architecture() -> None:
    example = class_incremental()
    states = {**example.initial, "classifier": PartState(2565, 2565, rows=((None,) * 5,))}
    said = words(draw_evolution(example.scene, states, [Frame(0, (0, 1), (0,), states, ())]))
    assert "512 → 5" in said and "→ 0" not in said


def test_five_tasks_stand_and_of_six_the_middle_is_folded() -> None:
    last = words(film(task_incremental(5))).split("experience 4")[1]
    assert "… " not in last and all(f"task {task}" in last for task in range(5))
    assert "… 3 tasks …" in words(film(task_incremental(6)))


def test_a_strip_that_breaks_into_rows_says_where_it_carries_on() -> None:
    said = words(film(task_incremental(5)))
    assert said.count("→ experience") == 1
    assert re.search(r"experience 2 → .*→ experience 3", said)


def test_columns_are_called_so_and_name_the_columns_they_read() -> None:
    said = words(at(EXAMPLES["columns"], 2))
    assert "column 1 · task 1 FROZEN reads column 0" in said
    assert "column 4 · task 4 LATER reads columns 0 to 3" in said
    assert "column 3 ... 10" in words(at(EXAMPLES["twelve_columns"], 2))
    shown = words(film(EXAMPLES["columns"]))
    assert "column 0 · task 0 · frozen" in shown and shown.count("NEW COLUMN") == 4


def test_a_statistics_head_fits_statistics() -> None:
    example = EXAMPLES["columns"]
    for said in (words(at(example, 1)), words(film(example))):
        assert "fits statistics" in said and "nothing to train" not in said


def test_a_model_without_a_stream_or_parts_is_drawn() -> None:
    empty = Scene("Empty", "e.clspec", "", (), (), ())
    assert "digraph" in draw_evolution(empty, {}, ())
    assert "digraph" in draw_architecture(empty, {})


EVERYTHING = """
import hashlib, sys
sys.path.insert(0, "tests")
from clspec.diagrams.views import VIEWS
from diagrams.scenes import EXAMPLES
drawn = [example.drawn(view) for example in EXAMPLES.values() for view in VIEWS]
text = "".join(form for each in drawn for form in (each.source, each.mermaid, each.text))
print(hashlib.sha256(text.encode()).hexdigest())
"""


def test_the_same_bytes_under_every_hash_seed() -> None:
    root = Path(__file__).parents[2]
    digests: set[str] = set()
    for seed in ("0", "1", "4711"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": "."}
        command = [sys.executable, "-c", EVERYTHING]
        done = subprocess.run(command, env=environment, cwd=root, capture_output=True, text=True, check=True)
        digests.add(done.stdout)
    assert len(digests) == 1


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
