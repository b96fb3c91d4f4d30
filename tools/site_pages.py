"""MkDocs hooks: the pages of the site that are not in docs/.

The site is the repository with docs/ at its root: README.md is its first page, specs/ is below it. What the code knows
(components, backbones, grammar, error codes, docstrings) is made into pages here and committed nowhere.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

import clspec
from clspec.cli import backbones, components
from clspec.diagnostics import CODES
from clspec.reference import kinds

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = (
    "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "benchmarks/README.md", "benchmarks/runtime.md", "specs/README.md",
    "specs/tutorial/README.md",
)  # fmt: skip
"""Pages outside docs/."""
LINK = re.compile(r"(\]\()((?!https?:|#)[^)#\s]+)")
FENCE = re.compile(r"(^```.*?^```$)", re.DOTALL | re.MULTILINE)
REMOTE = re.compile(r"""(?:<(?:script|img|iframe|source)[^>]*\bsrc|<link[^>]*\bhref)=["']?((?:https?:)?//[^"'\s>]+)""")
WRITTEN = re.compile(r"%%writefile (\S+)\n(.*)", re.DOTALL)
"""A cell that is a file."""
FAMILIES = {
    "input": "Inputs",
    "backbone": "Backbones",
    "neck": "Layers and necks",
    "head": "Heads",
    "stream": "Streams",
}


def on_config(config: Any) -> Any:
    """Puts a page for each code below "Errors"."""
    pages = ["errors/README.md", *(f"errors/{code}.md" for code in CODES)]
    config["nav"] = [{"Errors": pages} if part == {"Errors": "errors/"} else part for part in config["nav"]]
    return config


def on_files(files: Files, config: Any) -> Files:
    """Adds the pages outside docs/, the files that they link to, and what is made from the code."""
    for name in PAGES:
        page = ROOT / name
        text = page.read_text("utf-8")
        files.append(File.generated(config, _place(page), content=relinked(text, page)))
        for target in _targets(text, page):
            if target.is_file() and target.suffix != ".md" and DOCS not in target.parents:
                files.append(File.generated(config, _place(target), content=target.read_text("utf-8")))
    for name, text in {**generated(), **_tutorial()}.items():
        files.append(File.generated(config, name, content=text))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Leads links of docs/ to folders to their pages."""
    source = DOCS / page.file.src_uri
    return relinked(markdown, source) if source.exists() else markdown


def on_post_page(output: str, page: Any, **_: Any) -> str:
    """Refuses a page that would fetch a script, a style, a font or a picture from elsewhere."""
    fetched = REMOTE.findall(output)
    if fetched:
        raise PluginError(f"{page.file.src_uri} fetches {fetched[0]}")
    return output


def relinked(text: str, page: Path) -> str:
    """The text of a page with its links as they are in the site; code stays as it is."""

    def moved(found: re.Match[str]) -> str:
        target = _target(page, found[2].replace(".ipynb", ".md"))  # notebooks are pages in the site
        return found[1] + os.path.relpath(_place(target), Path(_place(page)).parent)

    parts = FENCE.split(text)
    return "".join(part if part.startswith("```") else LINK.sub(moved, part) for part in parts)


def generated() -> dict[str, str]:
    """Text by path of the pages that are made from the code."""
    return {
        "components.md": "\n".join(_components()),
        "backbones.md": _backbones(),
        "grammar.md": _grammar((ROOT / "grammar" / "clspec.lark").read_text("utf-8")),
        "errors/README.md": "\n".join(_errors()),
        "api/clspec.md": _api("clspec", *(f"clspec.{name}" for name in _public(clspec))),
        "api/nn.md": _api(
            "clspec.nn",
            *(f"clspec.nn.{name}" for name in clspec.nn.__all__),
            *(f"clspec.nn.distributed.{name}" for name in ("synchronize", "wrap", "unwrap")),
        ),
        "api/streams.md": _api("clspec.streams", "clspec.streams.split", "clspec.streams.from_dataset"),
        "api/integrations.md": _api(
            "clspec.integrations",
            "clspec.integrations.avalanche.AvalancheModel",
            "clspec.integrations.avalanche.AvalancheMultiTaskModel",
            "clspec.integrations.avalanche.AfterRules",
            "clspec.integrations.lightning.AdaptationCallback",
            "clspec.integrations.export.export",
        ),
    }


def _tutorial() -> dict[str, str]:
    """The notebook as a page, and its pictures."""
    page: list[str] = []
    pictures: dict[str, str] = {}
    for cell in json.loads((DOCS / "tutorial.ipynb").read_text("utf-8"))["cells"]:
        source = "".join(cell["source"])
        written = WRITTEN.match(source)
        if written:
            language = "python" if written[1].endswith(".py") else "clspec"
            page.append(f'```{language} title="{written[1]}"\n{written[2]}\n```')
            continue
        page.append(source if cell["cell_type"] == "markdown" else f"```python\n{source}\n```")
        for output in cell.get("outputs", ()):
            if "text" in output:
                page.append(f"```text\n{''.join(output['text'])}```")
            else:
                name = f"pictures/notebook/{len(pictures)}.svg"
                pictures[name] = "".join(output["data"]["image/svg+xml"])
                page.append(f"![{''.join(output['data']['text/plain']).strip('<>')}]({name})")
    text = relinked("\n\n".join(page), DOCS / "tutorial.ipynb")
    return {"tutorial.md": text, **pictures}


def _place(path: Path) -> str:
    """Where a file of the repository is in the site."""
    place = path.relative_to(DOCS if path.is_relative_to(DOCS) else ROOT)
    return (place / "README.md" if path.is_dir() else place).as_posix()


def _target(page: Path, link: str) -> Path:
    return Path(os.path.normpath(page.parent / link))


def _targets(text: str, page: Path) -> Iterator[Path]:
    for part in FENCE.split(text):
        if not part.startswith("```"):
            yield from (_target(page, found[2]) for found in LINK.finditer(part))


def _components() -> Iterator[str]:
    yield "# Components\n\nWhat a spec is made of, as `clspec components KIND` prints it.\n"
    for role, title in FAMILIES.items():
        yield f"## {title}\n"
        for kind in kinds().values():
            if (kind.roles or ("stream",))[0] == role:
                said = CliRunner().invoke(components.command, [kind.name], standalone_mode=False)
                head, summary, rest = said.output.split("\n", 2)
                yield f"### {kind.name}\n\n{summary[0].upper()}{summary[1:]}.\n"
                yield f"```text\n{head}\n\n{rest.strip()}\n```\n"


def _backbones() -> str:
    said = CliRunner().invoke(backbones.command, [], standalone_mode=False)
    return (
        "# Networks of pytorchcv\n\nWhat `pytorchcv(NAME)` builds, as `clspec backbones` prints it: input size, width "
        f"of the features, parameters, and stages that can be tapped or frozen.\n\n```text\n{said.output}```\n"
    )


def _grammar(text: str) -> str:
    """The grammar file, with its section lines as headings."""
    head, *sections = re.split(r"^// -{2,} (.+?) -{2,}\n", text, flags=re.MULTILINE)
    about = re.sub(r"^// ?", "", head, flags=re.MULTILINE).strip()
    page = [f"# The grammar\n\n`grammar/clspec.lark`, whole. {about}\n"]
    for title, body in zip(sections[::2], sections[1::2], strict=True):
        page.append(f"## {title[0].upper()}{title[1:]}\n\n```text\n{body.strip()}\n```\n")
    return "\n".join(page)


def _errors() -> Iterator[str]:
    yield "# Error codes\n\n`clspec explain CODE` prints the page of a code.\n\n| code | what it says |\n|---|---|"
    yield from (f"| [{code}]({code}.md) | {title} |" for code, title in CODES.items())


def _public(module: Any) -> list[str]:
    return [name for name in module.__all__ if not name.startswith("__") and name not in ("nn", "streams")]


def _api(title: str, *names: str) -> str:
    return "\n".join([f"# `{title}`\n", *(f"::: {name}\n" for name in names)])
