"""What is wanted at a place of a `.clspec` text, told by the words before it: those behind may not be written yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from clspec.editor.completion.wanted import Wanted
from clspec.source import SourceFile, Span
from clspec.syntax.scene import CLOSERS, OPENERS, ROLES, STATEMENT_WORDS, VERBS
from clspec.syntax.words import Word, read_words

_VERBS = tuple(sorted(verb.lower() for verb in VERBS))
_TOP = ("clspec", "model", "stream", "use")
_IN_GROUP = ("backbone", "group", "head", "neck", "output", "when", "after", *_VERBS)
_IN_MODEL = ("input", "require", *_IN_GROUP)
_TRIGGERS = ("experience", "new_class", "new_task")
_UNFINISHED = {"EQUAL", "FROM", "COMMA", "DOT", "UNTIL", "IN", "OVER", "LESS_EQUAL", "AS"} | STATEMENT_WORDS
"""Behind these a statement goes on, on the next line too."""


@dataclass
class _Frame:
    """What is open: the file, a body or the braces of a rule (`{`), a call (`(`) or a list (`[`).

    `before` are the words of the statement or item in which it was opened, `words` those since its last statement
    began, or its last comma.
    """

    kind: str
    before: list[Word] = field(default_factory=list[Word])
    words: list[Word] = field(default_factory=list[Word])
    commas: int = 0
    given: set[str] = field(default_factory=set[str])

    @property
    def began(self) -> str:
        return self.words[0][0] if self.words else ""

    @property
    def last(self) -> str:
        return self.words[-1][0] if self.words else ""


def wanted_in_clspec(text: str, offset: int) -> Wanted | None:
    """What is wanted at a place; None where nothing can be told, as in a comment or for a name that is new."""
    source = SourceFile("text", text)
    read = read_words(text, lambda start, end: Span(source, start, end))
    if any(start < offset <= end for _, _, start, end in read.comments):
        return None
    words = [word for word in read.words if word[2] < offset]
    begun = ""
    in_text = bool(words) and words[-1][0] == "TEXT" and not _closed(text, words[-1], offset)
    if in_text:
        begun = text[words[-1][2] + 1 : offset]
        words.pop()
    elif words and words[-1][3] >= offset and (words[-1][1][:1].isalpha() or words[-1][1][:1] == "_"):
        begun = text[words[-1][2] : offset]
        words.pop()
    frames = _frames(words, text)
    wanted = _in_text(frames) if in_text else _wanted(frames, text, offset - len(begun))
    return None if wanted is None else replace(wanted, begun=begun, scope=_scope(frames))


def _closed(text: str, word: Word, offset: int) -> bool:
    """Whether a string ends before a place."""
    return word[3] <= offset and word[3] - word[2] > 1 and text[word[3] - 1] == '"'


def _frames(words: Sequence[Word], text: str) -> list[_Frame]:
    """What is open behind these words, the outermost first."""
    frames = [_Frame("file")]
    for number, word in enumerate(words):
        kind, end = word[0], words[number - 1][3] if number else 0
        if kind in STATEMENT_WORDS and (not number or "\n" in text[end : word[2]]):
            follower = words[number + 1][0] if number + 1 < len(words) else ""
            while frames[-1].kind in ("LPAR", "LSQB") and follower != "EQUAL":
                frames.pop()  # its closing bracket is still to come
        frame = frames[-1]
        if kind in OPENERS:
            frame.words.append(word)
            frames.append(_Frame(kind, frame.words[:-1]))
        elif kind in CLOSERS.values():
            if len(frames) > 1:
                frames.pop()
            frames[-1].words.append(word)
            if kind == "RBRACE":
                frames[-1].words = []
        elif frame.kind in ("file", "LBRACE") and (
            kind == "SEMICOLON" or (kind in STATEMENT_WORDS and frame.last != "DOT")
        ):
            frame.words = [] if kind == "SEMICOLON" else [word]
        elif kind == "COMMA" and frame.kind in ("LPAR", "LSQB"):
            frame.words, frame.commas = [], frame.commas + 1
        else:
            if kind == "EQUAL" and len(frame.words) == 1:
                frame.given.add(frame.words[0][1])
            frame.words.append(word)
    return frames


def _scope(frames: Sequence[_Frame]) -> tuple[str, ...]:
    headers = [frame.before for frame in frames if frame.kind == "LBRACE"]
    return tuple(header[1][1] for header in headers if len(header) > 1 and header[0][0] in ("MODEL", "GROUP"))


def _in_text(frames: Sequence[_Frame]) -> Wanted | None:
    frame = frames[-1]
    if frame.began == "USE":
        return Wanted("file")
    call = next((each for each in reversed(frames) if each.kind == "LPAR"), None)
    return None if call is None else Wanted("text", callee=_callee(call), argument=_argument(call))


def _wanted(frames: Sequence[_Frame], text: str, offset: int) -> Wanted | None:
    frame = frames[-1]
    if frame.last == "DOT":
        path = _dotted(frame.words)
        bounded = any(kind == "UNTIL" or (kind == "FROM" and frame.began == "UNFREEZE") for kind, *_ in frame.words)
        if bounded:
            path = f"{_target(frame.words)}.{path}"
        return Wanted("inside", path=path)
    if frame.kind == "LPAR":
        return _in_call(frame)
    if frame.kind == "LSQB":
        return _in_list(frames)
    return _in_statement(frames, text, offset)


def _in_call(frame: _Frame) -> Wanted | None:
    if frame.before and frame.before[0][0] == "MODEL":  # a parameter is named, then has a value
        return Wanted("value") if frame.last == "EQUAL" else None
    callee, argument = _callee(frame), _argument(frame)
    if not frame.words:
        return Wanted("argument", callee=callee, argument=argument, given=frozenset(frame.given))
    if frame.last in ("EQUAL", "PLUS", "MINUS", "STAR", "SLASH", "DOUBLE_SLASH"):
        return Wanted("value", callee=callee, argument=argument)
    return None


def _in_list(frames: Sequence[_Frame]) -> Wanted | None:
    """An item of a list of layers, or of values; in a rule, brackets hold numbers."""
    frame, around = frames[-1], frames[-2]
    named = bool(frame.before) and frame.before[-1][0] == "EQUAL"
    if frame.words:
        return None
    if around.kind == "LPAR" and (named or not frame.before):
        return Wanted("value", callee=_callee(around), argument=_argument(around))
    return Wanted("component") if named else None


def _in_statement(frames: Sequence[_Frame], text: str, offset: int) -> Wanted | None:
    frame = frames[-1]
    words, began, last = frame.words, frame.began, frame.last
    rule = frame.kind == "LBRACE" and not _is_body(frame)
    new_line = not words or "\n" in text[words[-1][3] : offset]
    if not words or (new_line and last not in _UNFINISHED):
        return Wanted("word", words=_VERBS if rule else _statements(frames))
    if began in VERBS:
        return _in_action(frame)
    if began in ROLES or began == "GROUP":
        return _in_part(frame)
    wanted = {
        "CLSPEC": Wanted("word", words=("1",)),
        "WHEN": Wanted("word", words=_TRIGGERS),
        "AFTER": Wanted("word", words=_TRIGGERS),
        "OUTPUT": Wanted("output"),
        "REQUIRE": Wanted("word", words=("memory", "parameters", "trainable")),
    }
    if last == began:
        return wanted.get(began)
    if began == "OUTPUT":
        words_ = ("in",) if last == "NAME" else ("train", "eval")
        return Wanted("output") if last == "COMMA" else Wanted("word", words=words_)
    if began == "REQUIRE":
        return Wanted("stream") if last == "OVER" else Wanted("value") if last == "LESS_EQUAL" else _word("over")
    if began == "STREAM" and last == "EQUAL":
        return Wanted("component", role="stream")
    return None


def _is_body(frame: _Frame) -> bool:
    return bool(frame.before) and frame.before[0][0] in ("MODEL", "GROUP")


def _statements(frames: Sequence[_Frame]) -> tuple[str, ...]:
    bodies = [frame for frame in frames if frame.kind == "LBRACE"]
    return _TOP if not bodies else _IN_GROUP if bodies[-1].before[0][0] == "GROUP" else _IN_MODEL


def _in_action(frame: _Frame) -> Wanted | None:
    if frame.last in VERBS or frame.last == "COMMA":
        return Wanted("target")
    if frame.last in ("UNTIL", "FROM"):
        return Wanted("inside", path=_target(frame.words))
    bound = {"FREEZE": "until", "UNFREEZE": "from"}.get(frame.began)
    return _word(bound) if bound else None


def _in_part(frame: _Frame) -> Wanted | None:
    kinds = [word[0] for word in frame.words]
    own = frame.words[1][1] if len(frame.words) > 1 else ""
    if "FROM" in kinds:
        return Wanted("source", own=own) if frame.last in ("FROM", "COMMA") else None
    if frame.last == "EQUAL" or kinds == ["INPUT"]:
        return Wanted("component", role=frame.began.lower(), own=own)
    if frame.began == "INPUT" or len(kinds) < 2 or (frame.began != "GROUP" and "EQUAL" not in kinds):
        return None  # the name is new
    return _word("from")


def _word(word: str) -> Wanted:
    return Wanted("word", words=(word,))


def _callee(frame: _Frame) -> str:
    return _dotted([*frame.before, ("DOT", ".", 0, 0)])


def _argument(frame: _Frame) -> str | int:
    named = len(frame.words) > 1 and frame.words[1][0] == "EQUAL"
    return frame.words[0][1] if named else frame.commas


def _target(words: Sequence[Word]) -> str:
    """The path that a bound of a rule goes into."""
    ends = [number for number, word in enumerate(words) if word[0] in ("UNTIL", "FROM")]
    return _dotted([*words[: ends[0]], ("DOT", ".", 0, 0)]) if ends else ""


def _dotted(words: Sequence[Word]) -> str:
    """The path that ends with the dot at the end of these words."""
    steps: list[str] = []
    for word, dot in zip(words[-2::-2], words[::-2], strict=False):
        if dot[0] != "DOT" or not word[1][:1].isalnum():
            break
        steps.append(word[1])
    return ".".join(reversed(steps))
