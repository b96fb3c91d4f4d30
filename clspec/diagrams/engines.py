"""Who turns DOT into pictures: pygraphviz where it is installed, else Graphviz's own `dot`."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence

HOW_TO_GET_ONE = (
    'no Graphviz found to draw with: `pip install "clspec[diagram]"`, or install Graphviz so that `dot` is on the PATH'
)

PNG_DPI = 144
"""Twice the usual screen's, so that small text stays sharp."""

# In a process of its own: the C library complains to standard error, and a fault of its own would end ours.
_PYGRAPHVIZ = """
import json, sys
try:
    import pygraphviz
except Exception as error:
    sys.exit(f"{sys.argv[2]}{error}")
for source in json.load(sys.stdin):
    try:
        picture = pygraphviz.AGraph(string=source).draw(None, format=sys.argv[1], prog="dot")
    except Exception as error:
        sys.exit(f"Error: {error}")
    sys.stdout.buffer.write(b"%d\\n%b" % (len(picture), picture))
"""
_UNUSABLE = "clspec: pygraphviz does not import: "

Engine = Callable[[Sequence[str], str], tuple[list[bytes], str]]
"""Takes DOT texts and a format, gives the pictures and what the engine complained about."""


class EngineError(RuntimeError):
    """No engine could draw a picture; the message holds what each of them said."""


class NoEngineError(RuntimeError):
    """No engine is installed, or none starts; the message says how to get one."""


class _UnusableError(Exception):
    """This engine is there but does not start."""


def draw(source: str, format: str) -> bytes:
    """The picture of DOT text as bytes of `format`, by the first engine that draws it."""
    return draw_all([source], format)[0]


def draw_all(sources: Sequence[str], format: str) -> list[bytes]:
    """The pictures of several DOT texts, in their order: quicker than one by one."""
    texts = [_sharper(source) for source in sources] if format == "png" else sources
    failures: list[str] = []
    for engine in available_engines().values():
        try:
            return engine(texts, format)[0]
        except _UnusableError:
            continue
        except EngineError as error:
            failures.append(str(error))
    raise EngineError("\n".join(failures)) if failures else NoEngineError(HOW_TO_GET_ONE)


def _sharper(source: str) -> str:
    # A title is a comment line, so a line that starts with the keyword is the graph's own.
    start = "\ndigraph "
    head, _, rest = f"\n{source}".partition(start)
    name, _, body = rest.partition("{\n")
    return f'{head}{start}{name}{{\n  graph [dpi="{PNG_DPI}"];\n{body}'.removeprefix("\n") if body else source


def available_engines() -> dict[str, Engine]:
    """The engines that this machine has, by name, in the order in which they are tried."""
    engines: dict[str, Engine] = {}
    if sys.executable and importlib.util.find_spec("pygraphviz") is not None:
        engines["pygraphviz"] = _by_pygraphviz
    if shutil.which("dot") and importlib.util.find_spec("graphviz") is not None:
        engines["dot"] = _by_dot
    return engines


def _by_pygraphviz(sources: Sequence[str], format: str) -> tuple[list[bytes], str]:
    # -P: a file named pygraphviz.py in the working directory must not be what is imported.
    command = [sys.executable, "-P", "-c", _PYGRAPHVIZ, format, _UNUSABLE]
    done = subprocess.run(command, input=json.dumps(sources).encode(), capture_output=True, check=False)
    said = done.stderr.decode("utf-8", "replace").strip()
    if said.startswith(_UNUSABLE):
        raise _UnusableError(said)
    # A label that it cannot read is only a complaint to the library, and a broken picture to the reader.
    if done.returncode or not done.stdout or any(line.startswith("Error:") for line in said.splitlines()):
        raise EngineError(_failure("pygraphviz", format, done.returncode, said))
    return _parted(done.stdout), _relevant(said)


def _parted(written: bytes) -> list[bytes]:
    """What stands behind each length."""
    parts: list[bytes] = []
    while written:
        length, _, rest = written.partition(b"\n")
        parts.append(rest[: int(length)])
        written = rest[int(length) :]
    return parts


def _by_dot(sources: Sequence[str], format: str) -> tuple[list[bytes], str]:
    import graphviz

    try:
        return [graphviz.pipe("dot", format, source.encode(), quiet=True) for source in sources], ""
    except graphviz.ExecutableNotFound as error:
        raise _UnusableError(str(error)) from error
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode("utf-8", "replace") if isinstance(error.stderr, bytes) else str(error.stderr)
        raise EngineError(_failure("dot", format, error.returncode, said.strip())) from error


def _failure(engine: str, format: str, code: int, said: str) -> str:
    last = "\n".join(said.splitlines()[-5:]) or f"it ended with exit status {code} and said nothing"
    return f"{engine} could not draw the {format}: {last}"


def _relevant(said: str) -> str:
    """Complaints about the picture; fontconfig's about the machine's own settings are none of ours."""
    return "\n".join(line for line in said.splitlines() if not line.startswith("Fontconfig "))
