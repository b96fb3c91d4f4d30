"""Hypothesis strategies: texts of specs that parse, and streams of experiences as they come in the world."""

from __future__ import annotations

import json

import torch
from hypothesis import strategies as st

from clspec.experience import Experience, read_experience

NAMES = st.sampled_from(["a", "b2", "trunk", "null", "yes", "train", "memory", "x", "width", "experience", "Net"])
KINDS = st.sampled_from(["linear", "incremental", "per_task", "image", "split", "necks.Projector", "Net", "null"])
ARGUMENTS = st.sampled_from(["features", "of", "initial", "from", "none", "width", "bias", "classes"])
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from(
    [
        "${",
        "$${",
        "${a}",
        "yes",
        "",
        " a",
        "a ",
        "a: b",
        "a #b",
        "- a",
        "é",
        "\u2028",
        "12",
        "1e3",
        "null",
        "0x1F",
        "a\nb",
    ]
)
COMMENTS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=6).map("#".__add__)
NUMBERS = st.sampled_from(["0", "7", "400_000", "12", "0.5", "1e-3", "1e-05", "1_0.2_5e+3", "9223372036854775807"])

TRIGGERS = ["", "new_class", "new_task", "experience", "experience 2 ..", "experience 0", "experience 1 .. 3"]


@st.composite
def values(draw, depth=2):
    """The words of a value."""
    kinds = ["number", "text", "word", "name"] + (["call", "list", "sum", "minus", "round"] if depth else [])
    match draw(st.sampled_from(kinds)):
        case "number":
            return [draw(NUMBERS)]
        case "text":
            return [json.dumps(draw(TEXTS), ensure_ascii=draw(st.booleans()))]
        case "word":
            return [draw(st.sampled_from(["true", "false", "none"]))]
        case "name":
            return [draw(KINDS | NAMES)]
        case "call":
            return draw(calls(depth - 1))
        case "list":
            return draw(lists(depth - 1))
        case "sum":
            operator = draw(st.sampled_from(["+", "-", "*", "/", "//"]))
            return [*draw(values(depth - 1)), operator, *draw(values(depth - 1))]
        case "minus":
            return ["-", *draw(values(depth - 1))]
        case _:
            return ["(", *draw(values(depth - 1)), ")"]


@st.composite
def lists(draw, depth=2):
    return ["[", *separated(draw(st.lists(values(depth), max_size=3)), draw(st.booleans())), "]"]


@st.composite
def calls(draw, depth=2):
    """A call whose arguments are all given by position, or all by name, each once."""
    if draw(st.booleans()):
        arguments = draw(st.lists(values(depth), max_size=3))
    else:
        names = draw(st.lists(ARGUMENTS, max_size=3, unique=True))
        arguments = [[name, "=", *draw(values(depth))] for name in names]
    return [draw(KINDS), "(", *separated(arguments, draw(st.booleans())), ")"]


def separated(items, trailing):
    words = [word for item in items for word in (*item, ",")]
    return words if trailing else words[:-1]


@st.composite
def references(draw, slices=True):
    text = ".".join([draw(NAMES), *draw(st.lists(st.sampled_from(["0", "stage2", "head", "12"]), max_size=2))])
    if slices:
        text += "".join(draw(st.lists(st.sampled_from(["[0]", "[-1]", "[:-1]", "[:]", "[1:2]"]), max_size=1)))
    return [text]


@st.composite
def reference_lists(draw):
    return separated(draw(st.lists(references(), min_size=1, max_size=3)), False)


@st.composite
def nodes(draw):
    component = draw(st.one_of(calls(), lists(), KINDS.map(lambda kind: [kind])))
    if draw(st.booleans()):
        unnamed = component[-1] == ")" and draw(st.booleans())
        return ["input", *component] if unnamed else ["input", draw(NAMES), "=", *component]
    sources = ["from", *draw(reference_lists())] if draw(st.booleans()) else []
    return [draw(st.sampled_from(["backbone", "neck", "head"])), draw(NAMES), "=", *component, *sources]


@st.composite
def actions(draw):
    verb = draw(st.sampled_from(["freeze", "unfreeze", "reset", "expand", "observe"]))
    bound = {"freeze": "until", "unfreeze": "from"}.get(verb)
    path = draw(references(slices=False)) if bound and draw(st.booleans()) else None
    return [verb, *draw(reference_lists()), *([bound, *path] if path else [])]


@st.composite
def rules(draw):
    listed = draw(st.lists(actions(), min_size=1, max_size=3))
    trigger = draw(st.sampled_from(TRIGGERS)).split()
    if not trigger and len(listed) == 1 and draw(st.booleans()):
        return listed[0]
    between = draw(st.sampled_from([[], [";"]]))
    body = ["{", *[word for action in listed for word in (*action, *between)], "}"]
    return [draw(st.sampled_from(["when", "after"])), *trigger, *body] if trigger else body


@st.composite
def outputs(draw):
    return ["output", *draw(reference_lists()), *draw(st.sampled_from([[], ["in", "train"], ["in", "eval"]]))]


@st.composite
def groups(draw, depth=1):
    sources = ["from", *draw(reference_lists())] if draw(st.booleans()) else []
    body = draw(st.lists(st.one_of(nodes(), rules(), outputs(), *([groups(depth - 1)] if depth else [])), max_size=3))
    return ["group", draw(NAMES), *sources, "{", *[word for statement in body for word in statement], "}"]


@st.composite
def budgets(draw):
    quantity = draw(st.sampled_from(["parameters", "trainable", "memory"]))
    return ["require", quantity, "<=", *draw(values()), *(["over", draw(NAMES)] if draw(st.booleans()) else [])]


@st.composite
def models(draw, name):
    given = draw(st.lists(NAMES, max_size=3, unique=True))
    parameters = separated([[parameter, "=", *draw(values())] for parameter in given], draw(st.booleans()))
    doc = [json.dumps(draw(TEXTS))] if draw(st.booleans()) else []
    body = draw(st.lists(st.one_of(nodes(), groups(), rules(), outputs(), budgets()), max_size=5))
    words = [word for statement in body for word in statement]
    return ["model", name, *(["(", *parameters, ")"] if parameters else []), "{", *doc, *words, "}"]


@st.composite
def words_of_specs(draw):
    """The words of a file."""
    words = ["clspec", "1"]
    for _ in range(draw(st.integers(0, 2))):
        alias = ["as", draw(NAMES)] if draw(st.booleans()) else []
        words += ["use", json.dumps(draw(TEXTS)), *alias]
    for name in draw(st.lists(NAMES, max_size=2, unique=True)):
        words += ["stream", name, "=", *draw(calls())]
    for name in draw(st.lists(NAMES, max_size=2, unique=True)):
        words += draw(models(name))
    return words


@st.composite
def specs(draw):
    """The text of a file: its words with white space and comments between them."""
    words = draw(words_of_specs())
    gaps = st.sampled_from([" ", " ", " ", "\n", "\n\n", "\n\n\n    "])
    text = draw(st.sampled_from(["", "\n", "# first\n\n"]))
    noise = draw(st.sets(st.integers(0, len(words) - 1), max_size=6))
    for number, word in enumerate(words):
        text += word
        if number in noise:
            text += draw(st.sampled_from(["  ", "\n", "\n\n  "])) + draw(COMMENTS) + "\n"
        else:
            text += draw(gaps) if noise else " "
    return text


# ---- streams

CLASSES = st.integers(0, 11)
TASKS = st.integers(0, 4)


@st.composite
def experiences(draw) -> Experience:
    """Some classes or none at all, of one task or several, which share the classes or divide them; numbered or not."""
    tasks = draw(st.lists(TASKS, min_size=1, max_size=3, unique=True))
    classes = draw(st.none() | st.lists(CLASSES, max_size=5))
    index = draw(st.none() | st.integers(0, 7))
    by_task = None
    if classes is not None and draw(st.booleans()):
        owners = [draw(st.lists(st.sampled_from(tasks), min_size=1, max_size=2)) for _ in classes]
        by_task = {task: [c for c, own in zip(classes, owners, strict=True) if task in own] for task in tasks}
        if draw(st.booleans()):
            by_task = {task: ids for task, ids in by_task.items() if ids}
    experience = Experience(classes, tasks, index, by_task)
    return Experience(classes, tasks, index, by_task, samples(experience))


def samples(experience: Experience) -> list[tuple[torch.Tensor, int, int]]:
    """Two samples of five numbers of every class in every task that it belongs to, with their labels."""
    return [
        (torch.full((5,), class_id + shift), class_id, task)
        for task, classes in read_experience(experience).classes_by_task.items()
        for class_id in classes
        for shift in (0.0, 0.5)
    ]


@st.composite
def streams(draw) -> list[Experience]:
    """Any experiences in any order; some come twice, as the same object or as an equal one."""
    stream = draw(st.lists(experiences(), min_size=1, max_size=6))
    again = draw(st.lists(st.integers(0, len(stream) - 1), max_size=2))
    for place in again:
        old = stream[place]
        copy = Experience(old.classes, old.task_labels, old.index, old.classes_by_task, old.dataset)
        stream.insert(place + 1, draw(st.sampled_from([old, copy])))
    return stream
