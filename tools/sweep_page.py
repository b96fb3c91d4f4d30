"""What came of a sweep, written for people: a page, and a table with a line a network (`tools/sweep.py`)."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from os.path import commonpath
from pathlib import Path
from typing import Any

from sweep_trial import BATCH, COLUMNS, SMALL, SMALL_BATCH

DOCS = Path(__file__).parent.parent / "docs"
PAGE, TABLE = DOCS / "backbones-sweep.md", DOCS / "backbones-sweep.csv"
Row = Mapping[str, Any]
Network = Mapping[str, Row]
"""The outcomes of a network by column."""
HEAD = f"""# Every network, tried

`make sweep` compiles a spec of each network (the backbone and `incremental(initial=2)`) and uses it: run in eval mode,
adapted to classes 0 and 1, adapted to 2 and 3, run in train mode, a loss, its gradients. A network *works* where

- its features are as wide as planned, and at the native size as its own classifier reads them in its library's network;
- the logits are (batch, 2) before and (batch, 4) after;
- parameters, all and trainable, are at each step those that `simulate` forecasts;
- logits are finite, and every trainable parameter has a finite gradient, but for those listed below.

Weights are fresh, images noise, batches of {BATCH} at the native size and of {SMALL_BATCH} at 32×32 (the native size of
CIFAR networks). One channel is tried at 32×32, and where a network cannot take that, at its native size. Of timm
it is the smallest network of every module. [`{TABLE.name}`]({TABLE.name}) has a line a network.
"""


def write(rows: Iterable[Row]) -> None:
    """Writes the page and the table of these outcomes."""
    networks = by_network(rows)
    PAGE.write_text(page(networks), "utf-8")
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(["library", "family", "network", "parameters", "width", "image", *COLUMNS["pytorchcv"]])
        lines.writerows(_line(each) for each in networks)


def by_network(rows: Iterable[Row]) -> list[Network]:
    """The outcomes by network; what is native to one is also its outcome at that size."""
    found: dict[tuple[str, str], dict[str, Row]] = defaultdict(dict)
    for row in rows:
        found[row["library"], row["name"]][row["column"]] = row
    for columns in found.values():
        native = columns.get("native")
        if native and native["library"] == "pytorchcv" and tuple(native.get("image", ()))[1:] == SMALL:
            columns.setdefault("32×32", native)
    order = list(COLUMNS)
    return [found[key] for key in sorted(found, key=lambda key: (order.index(key[0]), key[1]))]


def _line(network: Network) -> list[Any]:
    native = network["native"]
    image = "×".join(map(str, native.get("image", ())))
    told = [native.get(key, "") for key in ("library", "family", "network", "parameters", "width")]
    return [*told, image, *(network[key]["outcome"] if key in network else "" for key in COLUMNS["pytorchcv"])]


# ---- the page ------------------------------------------------------------------------------------------------------


def page(networks: Sequence[Network]) -> str:
    """The page as Markdown."""
    rows = [row for network in networks for row in network.values()]
    parts = [HEAD, _when(rows), _counts(networks), "## Exceptions\n", _exceptions(networks), "## No gradient\n"]
    parts += [_without_gradient(networks), _largest(rows), "## Families of pytorchcv\n", _families(networks)]
    return "\n".join(part for part in parts if part)


def _when(rows: Sequence[Row]) -> str:
    dates = sorted({row["date"] for row in rows})
    packages = {name: number for row in rows for name, number in row["versions"].items()}
    said = ", ".join(f"{'Python' if name == 'python' else name} {number}" for name, number in sorted(packages.items()))
    return f"{' to '.join(dict.fromkeys((dates[0], dates[-1])))}; {said}.\n"


def _counts(networks: Sequence[Network]) -> str:
    lines = ["| works | networks | native | 3×32×32 | one channel |\n| --- | ---: | ---: | ---: | ---: |"]
    for library, columns in COLUMNS.items():
        of = [each for each in networks if each["native"]["library"] == library]
        cells = [_works(of, key) if key in columns else "" for key in COLUMNS["pytorchcv"]]
        lines.append(f"| {library} | {len(of)} | {' | '.join(map(str, cells))} |")
    return "\n".join(lines) + "\n"


def _works(networks: Iterable[Network], column: str) -> int:
    return sum(each[column]["outcome"] == "works" for each in networks if column in each)


def _exceptions(networks: Sequence[Network]) -> str:
    """The names of all that did not work, by what was tried and why it did not."""
    groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for network in networks:
        for column, row in network.items():
            if row["outcome"] != "works" and not (column == "32×32" and row["column"] == "native"):
                cause = row.get("cause") or row["reason"]
                least = row["reason"].rpartition("; ")[2] if row.get("cause") else ""
                groups[row["library"], column, row["outcome"], cause, least].append(row["name"])
    lines: list[str] = []
    for (library, column, outcome, cause, help_), names in sorted(groups.items()):
        said = f"; clspec says: {help_}" if help_ else ""
        lines.append(f"- {library}, {column}, {outcome}: {', '.join(sorted(names))}. `{cause}`{said}.")
    return "\n".join(lines or ["None."]) + "\n"


def _without_gradient(networks: Sequence[Network]) -> str:
    groups: dict[str, list[str]] = defaultdict(list)
    for network in networks:
        names = network["native"].get("without_gradient") or ()
        if names:
            groups[_below(names)].append(f"{network['native']['network']} ({len(names)})")
    lines = [f"- below `{path}`: {', '.join(each)}" for path, each in sorted(groups.items())]
    intro = (
        "Trainable parameters that the network's own forward does not use, at the native size; how many in brackets.\n"
    )
    return "\n".join([intro, *(lines or ["None."])]) + "\n"


def _below(names: Sequence[str]) -> str:
    """The submodule that holds all of these parameters."""
    paths = [name.removeprefix("trunk.net.").replace(".", "/") for name in names]
    return commonpath(paths).replace("/", ".") or "several submodules"


def _largest(rows: Sequence[Row]) -> str:
    large = {row["name"]: row["gigabytes"] for row in rows if row.get("gigabytes", 0) > 9}
    if not large:
        return ""
    said = ", ".join(f"{name} ({gigabytes:.0f} GB)" for name, gigabytes in sorted(large.items()))
    return f"What takes more than 9 GB is tried again alone: {said}.\n"


def _families(networks: Sequence[Network]) -> str:
    families: dict[str, list[Network]] = defaultdict(list)
    for network in networks:
        if network["native"]["library"] == "pytorchcv":
            families[network["native"].get("family", "")].append(network)
    lines = ["| module | networks | native | 3×32×32 | one channel | widths | million parameters |"]
    lines.append("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for family, each in sorted(families.items()):
        natives = [network["native"] for network in each]
        widths = _span([str(row["width"]) for row in sorted(natives, key=lambda row: row.get("width", 0))])
        millions = _span([f"{number / 1e6:.2f}" for number in sorted(row.get("parameters", 0) for row in natives)])
        works = [_works(each, column) for column in COLUMNS["pytorchcv"]]
        lines.append(f"| {' | '.join(map(str, (family, len(each), *works, widths, millions)))} |")
    return "\n".join(lines) + "\n"


def _span(ordered: Sequence[str]) -> str:
    return ordered[0] if ordered[0] == ordered[-1] else f"{ordered[0]}–{ordered[-1]}"
