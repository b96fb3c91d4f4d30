"""Finds every syntax error of a text in one pass: each is repaired in the smallest way that lets reading go on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lark import Token

from clspec.diagnostics import Diagnostic, nearest
from clspec.syntax.automaton import Automaton, Stack, open_brackets
from clspec.syntax.mending import Edit
from clspec.syntax.scene import CLOSERS, ROLES, STATEMENT_WORDS, WORDS, Scene
from clspec.syntax.tokens import as_tokens, end_of, start_of
from clspec.syntax.wording import describe, misplaced
from clspec.syntax.words import Locate, Word

MOST_REPAIRS = 100
"""A text with more errors than this is no spec; reading stops."""
LOOK_AHEAD = 7
"""How many words a repair must let through to be as good as any."""


@dataclass(frozen=True)
class Repair:
    """Leave out `drop` words, put in `insert`. `reached` says how far reading gets then; less `cost` is likelier."""

    insert: tuple[str, ...]
    drop: int
    reached: int
    cost: int


class Recovery:
    """Finds each place at which the words of a text break the grammar.

    Afterwards `edits` are the repairs over `tokens`, and `gave_up` says whether there were too many.
    """

    def __init__(self, rule: str, words: Iterable[Word], text: str, locate: Locate) -> None:
        tokens = as_tokens(words, text)
        end = end_of(tokens[-1]) if tokens else 0
        line = (tokens[-1].end_line or 1) if tokens else 1
        self.automaton = Automaton(rule)
        self.rule = rule
        self.tokens = [*tokens, Token("$END", "", start_pos=end, end_pos=end, line=line)]
        self.locate = locate
        self.diagnostics: list[Diagnostic] = []
        self.stack = self.automaton.start
        self.position = 0
        self.edits: list[Edit] = []
        self.quiet_until = 0
        self.quiet_line = -1

    @property
    def gave_up(self) -> bool:
        return len(self.edits) >= MOST_REPAIRS

    def find_errors(self) -> list[Diagnostic]:
        """A finding for each error."""
        while self.position < len(self.tokens) and not self.gave_up:
            token = self.tokens[self.position]
            self.close_rule(token)
            after = self.automaton.step(self.stack, token)
            if after is None or self.begins_anew(token, after):
                self.repair(token)
            else:
                self.stack = after
                self.position += 1
        return self.diagnostics

    def begins_anew(self, token: Token, after: Stack) -> bool:
        """Whether a word of the language, which could be a name here, rather follows a part that is not whole."""
        if token.type not in WORDS or self.tokens[self.position + 1].type == "EQUAL":
            return False
        last = self.stack[-1].token
        if last is not None and last.type == "DOT":
            return self.begins_statement(token)
        opened = self.open_brackets()
        if not opened or opened[0].type == "LBRACE":
            return False
        return self.begins_statement(token) or self.automaton.accepts(after) == {"EQUAL"}

    def close_rule(self, token: Token) -> None:
        """Ends a rule whose `{` was put in before a `}` on a line of its own, which belongs to the body around it."""
        if token.type != "RBRACE" or not self.first_on_line():
            return
        opened = self.open_brackets()
        if opened and opened[0].start_pos is None and "SEMICOLON" in self.automaton.accepts(self.stack):
            self.edits.append(Edit(self.position, ("RBRACE",), 0, begins=False, in_rule=True))
            self.stack = self.automaton.step(self.stack, Token("RBRACE", "")) or self.stack

    def repair(self, token: Token) -> None:
        accepts = self.automaton.accepts(self.stack)
        best = self.choose(token, accepts)
        self.report(token, accepts, best)
        start = self.position
        if best is None:
            # What is whole and only misplaced is left out: behind its first word the search for its end begins.
            self.position += self.is_misplaced(token, accepts)
            self.skip_statement()
            self.edited(start, (), accepts)
            return
        for kind in best.insert:
            self.stack = self.automaton.step(self.stack, Token(kind, "")) or self.stack
        self.position += best.drop
        self.edited(start, best.insert, accepts)
        if not self.begins_statement(token):
            # Words right behind a repair, on its line, are more likely its echo than an error of their own.
            self.quiet_line, self.quiet_until = token.line or 0, self.position + 4

    def edited(self, start: int, insert: tuple[str, ...], accepts: set[str]) -> None:
        begins = bool(accepts & {"NECK", "MODEL"}) and self.first_on_line(start) and not insert
        in_rule = "SEMICOLON" in accepts  # what else a `;` may follow is an action in braces
        self.edits.append(Edit(start, insert, self.position - start, begins, in_rule))

    def choose(self, token: Token, accepts: set[str]) -> Repair | None:
        """The repair to take; None where no small one helps."""
        if self.is_misplaced(token, accepts):
            return None
        stray = "MODEL" in accepts and token.type not in STATEMENT_WORDS | {"RBRACE", "LBRACE"}
        if stray and self.position and _spelled_like(token, accepts) is None:
            return None  # no statement at all: the next one ends it
        if "MODEL" in accepts and token.type in ROLES - {"INPUT"} and self.has_body():
            return self.tried(("MODEL",), 1, 0)
        repairs = list(self.candidates(token, accepts))
        if self.begins_statement(token):
            # The statement before is what is broken: it is completed, and this word is never left out for it.
            whole = [repair for repair in repairs if not repair.drop and self.ends_expression(repair, token)]
            if whole:
                return min(whole, key=lambda repair: repair.cost)
        best = max(repairs, key=lambda repair: (repair.reached, -repair.cost), default=None)
        return best if best is not None and best.reached >= min(2, len(self.tokens) - self.position) else None

    def has_body(self) -> bool:
        """Whether what begins here with a role looks like a model: it has a name, and then parameters or a body."""
        kinds = [token.type for token in self.tokens[self.position + 1 : self.position + 3]]
        return kinds in (["NAME", "LPAR"], ["NAME", "LBRACE"])

    def is_misplaced(self, token: Token, accepts: set[str]) -> bool:
        return misplaced(token, accepts, self.locate(start_of(token), end_of(token)).column)

    def begins_statement(self, token: Token) -> bool:
        return (token.type in STATEMENT_WORDS or token.type == "RBRACE") and self.first_on_line()

    def ends_expression(self, repair: Repair, token: Token) -> bool:
        """Whether the word comes to stand outside of all parentheses and lists after a repair."""
        words = [Token(kind, "") for kind in repair.insert]
        stack, fitted = self.automaton.walk(self.stack, [*words, token])
        return fitted > len(words) and all(bracket.type == "LBRACE" for bracket in open_brackets(stack))

    def report(self, token: Token, accepts: set[str], repair: Repair | None) -> None:
        echo = token.line == self.quiet_line and self.position < self.quiet_until
        opened = self.open_brackets()
        closed = opened[: len(repair.insert)] if repair and set(repair.insert) <= set(CLOSERS.values()) else []
        if closed and (all(bracket.start_pos is None for bracket in closed) or self.repaired_since(closed[-1])):
            return  # the bracket was put in by a repair, or its end was lost in one
        if echo:
            return
        scene = Scene(
            rule=self.rule,
            tokens=self.tokens,
            position=self.position,
            accepts=accepts,
            opened=[bracket for bracket in opened if bracket.start_pos is not None],
            insert=repair.insert if repair else (),
            drop=repair.drop if repair else 1,
            misplaced=self.is_misplaced(token, accepts),
        )
        self.diagnostics.append(describe(scene, self.locate))

    def repaired_since(self, bracket: Token) -> bool:
        last = self.tokens[self.edits[-1].position] if self.edits else None
        return last is not None and bracket.type != "LBRACE" and start_of(last) > start_of(bracket)

    # ---- repairs ----

    def candidates(self, token: Token, accepts: set[str]) -> Iterable[Repair]:
        close = _spelled_like(token, accepts)
        for kind in sorted(accepts):
            likely = kind in _LIKELY_MISSING
            yield self.tried((kind,), 0, 1 if likely else 3)
            yield self.tried((kind,), 1, 0 if kind == close else 4 if likely else 5)
        if "LPAR" in accepts and (self.begins_statement(token) or token.type == "$END"):
            yield self.tried(("LPAR", "RPAR"), 0, 2)
        yield self.tried((), 1, 2)
        if token.type == "LBRACE":
            block = self.past_block() - self.position
            yield self.tried((), block, 2)
            yield self.tried(("NAME",), block, 3)
        if token.type == "NAME" and self.first_on_line():
            words = [each for each in self.tokens[self.position : -1] if each.line == token.line]
            yield self.tried((), len(words), 6)
        if token.type == "RBRACE" and "RESET" in accepts:
            yield self.tried(("RESET", "NAME"), 0, 1)
        closing: tuple[str, ...] = ()
        for bracket in self.open_brackets():
            closing = (*closing, CLOSERS[bracket.type])
            yield self.tried(closing, 0, 1)
            yield self.tried(("NAME", *closing), 0, 3)
            yield self.tried(closing, 1, 3)
        if token.type in STATEMENT_WORDS and "MODEL" in accepts:
            yield self.tried(("MODEL", "NAME", "LBRACE"), 0, 6)

    def tried(self, insert: tuple[str, ...], drop: int, cost: int) -> Repair:
        stack, fitted = self.automaton.walk(self.stack, (Token(kind, "") for kind in insert))
        if fitted < len(insert):
            return Repair(insert, drop, -1, cost)
        start = self.position + drop
        end = next((i for i in range(start, start + LOOK_AHEAD) if self.ends_at(i)), start + LOOK_AHEAD - 1)
        ahead = self.tokens[start : end + 1]
        _, count = self.automaton.walk(stack, ahead)
        return Repair(insert, drop, LOOK_AHEAD if count == len(ahead) else min(drop + count, LOOK_AHEAD - 1), cost)

    def open_brackets(self) -> list[Token]:
        """The brackets not closed yet, the innermost first."""
        return open_brackets(self.stack)

    def skip_statement(self) -> None:
        """Drops words up to where a statement begins or a block ends, and the states that were in the midst of one."""
        while self.position < len(self.tokens):
            token = self.tokens[self.position]
            if token.type == "RBRACE" and self.close_braces_of_rule():
                return
            if token.type in ("RBRACE", "$END") or (token.type in STATEMENT_WORDS and self.first_on_line()):
                # At the end, braces still open are an error of their own.
                unclosed = any(bracket.type == "LBRACE" for bracket in self.open_brackets())
                boundary = Token("RBRACE", "") if unclosed and token.type == "$END" else token
                if unclosed and self.is_misplaced(token, {"GROUP"}):
                    boundary = Token("NECK", "")  # it is an error of its own, and the body goes on behind it
                for depth in range(len(self.stack), 0, -1):
                    if self.automaton.step(self.stack[:depth], boundary) is not None:
                        self.stack = self.stack[:depth]
                        return
            self.position = self.past_block() if token.type == "LBRACE" else self.position + 1

    def close_braces_of_rule(self) -> bool:
        """Leaves out braces with nothing right in them, so that their end is not taken for that of the model."""
        opened = self.open_brackets()
        brace = next((each for each in opened if each.type == "LBRACE"), None)
        depth = next((i for i, entry in enumerate(self.stack) if entry.token is brace), 0) if brace else 0
        lengths = range(len(self.stack), depth, -1)
        if not depth or any(self.automaton.step(self.stack[:length], Token("RBRACE", "")) for length in lengths):
            return False
        whole = (length for length in range(depth, 0, -1) if "NECK" in self.automaton.accepts(self.stack[:length]))
        self.stack = self.stack[: next(whole, 1)]
        self.position += 1
        return True

    def ends_at(self, position: int) -> bool:
        """Whether the statement that is being repaired ends before this word: errors behind it are no concern here."""
        if position >= len(self.tokens) - 1:
            return True
        return self.tokens[position].type in STATEMENT_WORDS and self.first_on_line(position)

    def first_on_line(self, position: int | None = None) -> bool:
        here = self.position if position is None else position
        return here == 0 or self.tokens[here].line != self.tokens[here - 1].end_line

    def past_block(self) -> int:
        """The position behind the `}` that belongs to the `{` here; where there is none, just behind the `{`."""
        depth = 0
        for position in range(self.position, len(self.tokens)):
            kind = self.tokens[position].type
            depth += (kind == "LBRACE") - (kind == "RBRACE")
            if depth == 0:
                return position + 1
        return self.position + 1


_LIKELY_MISSING = {"COMMA", "EQUAL", "RPAR", "RSQB", "RBRACE", "LBRACE", "LPAR", "NAME", "LESS_EQUAL"}


def _spelled_like(token: Token, accepts: set[str]) -> str | None:
    """The word of the language that a misspelt one was meant to be."""
    if token.type != "NAME":
        return None
    words = {kind.lower(): kind for kind in accepts if kind in STATEMENT_WORDS or kind in _INNER_WORDS}
    found = nearest(str(token).lower(), words)
    return next((kind for word, kind in words.items() if found and f'"{word}"' in found), None)


_INNER_WORDS = {
    *("FROM", "UNTIL", "IN", "OVER", "AS", "TRAIN", "EVAL", "PARAMETERS", "TRAINABLE", "MEMORY"),
    *("NEW_CLASS", "NEW_TASK", "EXPERIENCE", "TRUE", "FALSE", "NONE"),
}  # fmt: skip
