"""Mermaid flowcharts: whole, and safe whatever a name holds."""

from __future__ import annotations

import re

import pytest

from clspec.diagrams import mermaid
from clspec.diagrams.views import VIEWS

from .scenes import EXAMPLES, class_incremental, frozen_backbone, task_incremental
from .test_hostile import HOSTILE, hostile

LABEL = r'"(?:[\w\xa0 ,.·→×…:/+=%-]|#\d+;|<br>)+"'
NAME = "[a-z]+[0-9]*(?:_[0-9A-Za-z_]*)?"
LOOK = r"(?:fill|stroke|color):#[0-9A-F]{6}|stroke-width:[0-9.]+px|stroke-dasharray:\d \d"
LINES = re.compile(
    rf"flowchart (?:LR|TB)|acc(?:Title|Descr): [^#;{{}}\n]+"
    rf"|{NAME}(?:\[{LABEL}\]|\{{{LABEL}\}}|\(\[{LABEL}\]\))(?::::\w+)?"
    rf"|{NAME} (?:-->|-\.->)(?:\|{LABEL}\|)? {NAME}|subgraph {NAME}\[{LABEL}\]|end|classDef \w+ (?:(?:{LOOK}),?)+"
    rf"|class [\w,]+ cluster_box"
)
"""All that a flowchart of ours consists of."""


def strange(chart: str) -> list[str]:
    return [line for line in chart.splitlines() if not LINES.fullmatch(line.strip())]


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("example", EXAMPLES)
def test_a_chart_is_well_formed_and_names_only_what_it_holds(example: str, view: str) -> None:
    chart = EXAMPLES[example].drawn(view).mermaid  # pyright: ignore[reportArgumentType]
    assert strange(chart) == []
    assert chart.count("subgraph") == len(re.findall(r"^ *end$", chart, re.MULTILINE))
    held = set(re.findall(rf"^ *({NAME})[\[{{(]", chart, re.MULTILINE)) | set(re.findall(r"subgraph (\w+)", chart))
    ends = re.findall(rf"^ *({NAME}) (?:-->|-\.->)(?:\|.*\|)? ({NAME})$", chart, re.MULTILINE)
    assert ends and {end for pair in ends for end in pair} <= held
    used = set(re.findall(r":::(\w+)", chart))
    assert used <= set(re.findall(r"classDef (\w+)", chart))


@pytest.mark.parametrize("kind", HOSTILE)
def test_no_name_breaks_a_chart(kind: str) -> None:
    for view in VIEWS:
        assert strange(hostile(HOSTILE[kind]).drawn(view).mermaid) == []


@pytest.mark.parametrize("written", ["end", "0", "a.b", "a_2e_b", "a b", "é", "x[0]", ""])
def test_paths_have_names_of_their_own(written: str) -> None:
    others = {"end", "0", "a.b", "a_2e_b", "a b", "é", "x[0]", ""} - {written}
    assert re.fullmatch(r"n_\w*", mermaid.name(written), re.ASCII)
    assert mermaid.name(written) not in {mermaid.name(other) for other in others}


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("1. first", "1#46; first"),
        ("12. twelfth", "12#46; twelfth"),
        ("- item", "#45; item"),
        ("__init__ of a_b", "#95;#95;init#95;#95; of a_b"),
        ("`*bold*`", "#96;#42;bold#42;#96;"),
        ('<b> & "x"', "#60;b#62; #38; #34;x#34;"),
        ("%%{init}", "%#37;#123;init#125;"),
        ("https://a", "https:#47;#47;a"),
        ("3×32×32 → 64", "3×32×32 → 64"),
    ],
)
def test_markup_is_shown_as_it_is_written(written: str, shown: str) -> None:
    assert mermaid.words(written) == shown
    assert re.sub(r"#(\d+);", lambda code: chr(int(code[1])), shown) == written


def test_states_nesting_tasks_and_shapes_are_told() -> None:
    chart = frozen_backbone().drawn(at=1).mermaid
    assert re.search(r'subgraph in_backbone\["backbone · pytorchcv resnet20_cifar10 · .* · PART FROZEN · R2"\]', chart)
    assert re.search(r'n_backbone_2e_stem\["stem<br>.*FROZEN · R2"\]:::frozen', chart)
    assert 'n_image -->|"16×32×32"| n_backbone_2e_stem' in chart
    assert "classDef frozen " in chart and "classDef later" not in chart
    tasks = task_incremental().drawn(at=1).mermaid
    assert 'label_heads{"task label"}' in tasks and '-.->|"2"| n_heads_3a_task2' in tasks


def test_adding_a_part_adds_lines_and_reorders_none() -> None:
    fewer, more = (class_incremental(each=2).drawn(), frozen_backbone(4).drawn())
    assert strange(fewer.mermaid) == strange(more.mermaid) == []
    before, after = (frozen_backbone(stages).drawn().mermaid.splitlines() for stages in (3, 4))
    kept = [line for line in after if line in before]
    assert kept == [line for line in before if line in kept]
