"""What to do about a syntax error: most are habits of another language."""

from __future__ import annotations

from clspec.diagnostics import nearest
from clspec.syntax.scene import CLOSERS, ROLES, STATEMENT_WORDS, VERBS, WORDS, Scene

_COMMENT = "a comment begins with `#`"
_OPERATORS = "arithmetic knows `+`, `-`, `*`, `/`, `//` and parentheses"
_COMPARISON = "the only comparison is `<=`, in `require`"
_SEQUENCE = "components one after the other stand in a list: `[linear(64), relu()]`"
_CALL = "arguments stand in parentheses: `linear(64)`"
_FREEZE = "`freeze X until PATH`, `unfreeze X from PATH`"
_EXPERIENCES = {"INTEGER", "LBRACE"}
_NUMBERS = "experiences are counted from 0: `experience 2`, `experience 2..`, `experience 2..4`"
_NO_CONTROL = "a spec has no control flow: each part is a statement of its own"
_OF_PYTHON = {
    "import": 'other specs come in by `use "FILE.clspec"`, code by `module("package.module:Class")`',
    "def": "a model is `model NAME { ... }`; how data flows is said by `from`",
    "class": "a model is `model NAME { ... }`",
    "return": "what a model returns is said by `output NAME`",
    "for": _NO_CONTROL,
    "if": _NO_CONTROL,
    "while": _NO_CONTROL,
    "on": "a rule begins with `when` or `after`",
    "self": "parts are called by their names alone: `neck a = ...`",
}


def suggest(scene: Scene) -> str | None:
    """The hint for an error, None where what is expected says it all."""
    token, accepts = scene.token, scene.accepts
    if token.type == "NAME":
        found = _of_name(scene)
        if found:
            return found
    if scene.misplaced:
        return "a budget is for a whole model" if token.type == "REQUIRE" else "write it above the model"
    if scene.insert == ("MODEL",) and scene.drop:
        return f"a model begins with its word: `model {scene.tokens[scene.position + 1]} {{ ... }}`"
    if token.type in STATEMENT_WORDS and "MODEL" in accepts:
        return "write it between the braces of `model NAME { ... }`"
    if token.type in VERBS and "LBRACE" in accepts and scene.statement in ("WHEN", "AFTER"):
        return f"the actions of a rule stand in braces: `when new_task {{ {token} ... }}`"
    if token.type == "FROM":
        found = _of_from(scene)
        if found:
            return found
    if token.type == "UNTIL" and scene.statement in VERBS - {"FREEZE"}:
        return _FREEZE
    if token.type in WORDS and scene.drop and "NAME" in scene.insert:
        return "choose another name"
    return _of_symbol(scene) or _of_missing(scene)


def _of_name(scene: Scene) -> str | None:
    token, accepts = scene.token, scene.accepts
    begins = scene.begins_line and "NECK" in accepts
    if str(token) in _OF_PYTHON and "NAME" not in accepts:
        return _OF_PYTHON[str(token)]
    words = {kind.lower() for kind in accepts & (WORDS if "NAME" not in accepts else STATEMENT_WORDS)}
    if begins and scene.ahead() == "NAME" and scene.ahead(2) == "EQUAL":
        near = nearest(str(token).lower(), {role.lower() for role in ROLES} & words)
        return near or f"a part begins with its role: `neck {scene.tokens[scene.position + 1]} = ...`"
    near = nearest(str(token).lower(), words)
    if near:
        return near
    if "NEW_CLASS" in accepts:
        return "each trigger is one word: `new_class`, `new_task`"
    if begins and scene.ahead() == "EQUAL":
        return f"a part begins with its role: `neck {token} = ...`"
    if scene.statement == "USE" and "TEXT" in accepts:
        return 'a path stands in quotes: `use "blocks/necks.clspec"`'
    if begins and scene.ahead() == "LPAR":
        return f"a part begins with its role: `neck NAME = {token}(...)`"
    if "FROM" in accepts and scene.statement in ROLES and not scene.begins_line:
        return _SEQUENCE
    if accepts >= _EXPERIENCES:
        return _NUMBERS
    return "an action begins with its verb: `freeze trunk`" if accepts >= VERBS and "NECK" not in accepts else None


def _of_from(scene: Scene) -> str | None:
    if "EQUAL" in scene.accepts or (scene.statement in ROLES and scene.accepts >= {"NAME", "LSQB"}):
        return "`from` stands last: `neck a = linear(64) from b`"
    if scene.statement == "INPUT":
        return "an input reads nothing; give the `from` to the node behind it"
    if scene.statement in ROLES and all(bracket.type == "LBRACE" for bracket in scene.opened):
        return "several sources stand after one `from`: `from a, b`"
    return _FREEZE if scene.statement == "FREEZE" else None


def _of_symbol(scene: Scene) -> str | None:
    """What is written here, where another language writes something else."""
    token, accepts, statement, before = scene.token, scene.accepts, scene.statement, scene.previous
    around = {each.type for each in scene.tokens[max(scene.position - 1, 0) : scene.position + 2]}
    after_part = bool(accepts & {"NECK", "FROM"}) and statement in ROLES
    match token.type:
        case "DOT" if "UP_TO" in around:
            return "a range has two points: `1..3`"
        case "DOT" if "INTEGER" in around:
            return "a number has digits on both sides of its point: `0.5`, `2.0`"
        case "MINUS" if "UP_TO" in accepts:
            return "a range has two points: `1..3`"
        case "DOUBLE_SLASH":
            return _COMMENT
        case "SLASH" if scene.ahead() == "STAR":
            return _COMMENT
        case "MINUS" | "SEMICOLON" if scene.begins_line and "NECK" in accepts:
            return _COMMENT
        case "STAR" if before is not None and before.type == "STAR":
            return _OPERATORS
        case "PLUS" | "STAR" | "MINUS" if after_part:
            return _SEQUENCE
        case "PLUS" if "MINUS" in accepts:
            return "a positive number has no sign"
        case "MINUS" if "EQUAL" in accepts or accepts <= {"$END", "DOT"}:
            return "names are letters, digits and underscores"
        case "COLON" if statement == "CLSPEC":
            return "write `clspec 1`; `clspec: 1` is for files that end in .yaml"
        case "COLON" if "LBRACE" in accepts:
            return _BRACES.get(statement)
        case "COLON" if "EQUAL" in accepts and scene.opened and scene.opened[0].type == "LPAR":
            return f"an argument takes `=`: `{before}=...`"
        case "COLON" if "EQUAL" in accepts:
            return f"a part takes `=`: `neck {before} = ...`"
        case "EQUAL" | "COLON" if statement == "OUTPUT":
            return "the names follow at once: `output a, b`"
        case "EQUAL" if "LESS_EQUAL" in accepts or statement in ("WHEN", "AFTER"):
            return _COMPARISON
        case "EQUAL" if before is not None and before.type == "EQUAL":
            return "write one `=`"
        case "EQUAL" if statement in ROLES and "LPAR" not in accepts:
            return f"a part has a name: `{statement.lower()} NAME = ...`"
        case "EQUAL" | "LPAR" if statement == "GROUP" and "LBRACE" in accepts:
            return f"write `group {before} from SOURCE {{ ... }}`"
        case "RPAR" | "COMMA" if statement == "MODEL" and "EQUAL" in accepts:
            return f"a parameter has a default: `{before}=64`"
        case "COMMA" if scene.rule == "reference":
            return "each source is an entry of its own: `from: [a, b]`"
        case "COMMA" if statement == "OUTPUT":
            return "each mode has a statement of its own: `output a in train`"
        case "COMMA" if after_part:
            return _SEQUENCE
        case "COMMA" if statement == "REQUIRE" and before is not None and before.type == "INTEGER":
            return "a large number is written with underscores: `1_000_000`"
        case "LSQB" | "LBRACE" | "INTEGER" | "DECIMAL" | "TEXT" if after_part and "LPAR" in accepts:
            return _CALL
        case "LPAR" if "LSQB" in accepts and "LPAR" not in accepts and statement in ROLES:
            return _SEQUENCE
        case "LSQB" | "LPAR" if before is not None and before.type in VERBS | {"FROM", "OUTPUT"}:
            return f"names follow without brackets: `{before} a, b`"
        case "TEXT" if "NAME" in accepts and "LSQB" not in accepts:
            return f"names stand without quotes: `{str(token)[1:-1]}`"
        case "TEXT" if "NECK" in accepts and scene.begins_line:
            return "a model has one doc line, its first; a comment begins with `#`"
        case "MINUS" | "UP_TO" | "COMMA" if accepts >= _EXPERIENCES or (statement == "WHEN" and "UP_TO" in accepts):
            return _NUMBERS
        case "RBRACE" if accepts >= VERBS:
            return "such as `{ freeze trunk }`"
        case "SEMICOLON" if scene.rule == "action":
            return "each action is an entry of its own: `do: [freeze a, reset b]`"
        case "SEMICOLON":
            return "a statement ends by itself: leave it out"
        case _:
            return None


_BRACES = {
    "MODEL": "a body stands in braces: `model NAME { ... }`",
    "WHEN": "the actions of a rule stand in braces: `when new_task { freeze trunk }`",
    "AFTER": "the actions of a rule stand in braces: `after experience { freeze trunk }`",
    "GROUP": "a body stands in braces: `group NAME { ... }`",
}


def _of_missing(scene: Scene) -> str | None:
    """What is missing before a word that would be right behind it."""
    if scene.insert == ("LPAR", "RPAR"):
        return (
            "such as `input image(1, 28, 28)`"
            if scene.statement == "INPUT"
            else f"a call has parentheses: `{scene.previous}(...)`"
        )
    if scene.insert == ("LBRACE",) and not scene.drop and scene.statement in ("MODEL", "GROUP"):
        return _BRACES[scene.statement]
    if scene.opened and scene.insert and scene.insert[-1] == CLOSERS[scene.opened[0].type] and not scene.drop:
        return f"close the bracket{' before `from`' if scene.token.type == 'FROM' else ''}"
    if scene.accepts == {"EQUAL"} and scene.statement in ROLES and scene.insert != ("EQUAL",):
        return f"a part is made of a component: `{scene.statement.lower()} {scene.previous} = ...`"
    return None
