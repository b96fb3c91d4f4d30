"""Strings as words of YAML: quoted where they could be taken for something else."""

from __future__ import annotations

import json
import re

# Words that YAML, in one version or another, reads as something else than themselves.
_NO_STRING = re.compile("true|false|null|yes|no|on|off|y|n", re.IGNORECASE)
_PLAIN = re.compile(r"[A-Za-z_][\w./-]*( [\w./-]+)*", re.ASCII)
PLAIN_PROSE = re.compile(r"[A-Za-z_][\w./;,()'!?-]*( [\w./;,()'\"!?-]+)*", re.ASCII)


def scalar(text: str, plain: re.Pattern[str] = _PLAIN) -> str:
    """A string, quoted where it could be taken for something else."""
    if plain.fullmatch(text) and not _NO_STRING.fullmatch(text):
        return text
    return '"' + "".join(map(_escaped, json.dumps(text, ensure_ascii=False)[1:-1])) + '"'


def _escaped(character: str) -> str:
    code = ord(character)
    return character if character.isprintable() else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
