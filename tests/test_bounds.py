"""What a spec may ask for at most: a finding of its own for each bound, told before anything large is made."""

from __future__ import annotations

import pytest

import clspec
from clspec.analyses.names import DEEPEST, MOST_LAYERS, MOST_PARTS
from clspec.analyses.shapes import MOST_NUMBERS
from clspec.budgets import MOST_PARAMETERS, MOST_STEPS
from clspec.syntax.counts import MOST_ITEMS
from clspec.syntax.words import DEEPEST_NESTING, LONGEST_INTEGER, LONGEST_TEXT
from clspec.syntax.yaml_nodes import MOST_ALIASED

NET = "clspec 1\n<file>model Net {\n input <input>\n <body>\n head h = incremental() from x\n}\n"
YAML = "clspec: 1\nmodels:\n  Net:\n    body:\n      - {input: x, uses: features, with: [8]}\n"


def net(body: str = "", input: str = "features(8)", file: str = "") -> str:
    return NET.replace("<file>", file).replace("<input>", input).replace("<body>", body)


def findings(text: str, syntax: str = "clspec") -> list[clspec.Diagnostic]:
    try:
        return clspec.check(clspec.parse_string(text, syntax))
    except clspec.SpecError as error:
        return error.diagnostics


def codes(text: str, syntax: str = "clspec") -> list[str]:
    return [finding.code for finding in findings(text, syntax)]


def repeated(number: int, item: str, joint: str = ", ") -> str:
    return joint.join([item] * number)


IN_ONE_PLACE = {
    "a list": lambda number: f"neck a = [{repeated(number, 'relu()')}]",
    "a call": lambda number: f"neck a = linear({repeated(number, '8')})",
    "an output": lambda number: f"output {repeated(number, 'h')}",
    "a part": lambda number: f"neck a = concat() from {repeated(number, 'x')}",
    "an action": lambda number: f"when new_task {{ freeze {repeated(number, 'h')} }}",
    "a rule": lambda number: f"when new_task {{ {repeated(number, 'freeze h', '; ')} }}",
    "a name": lambda number: f"when new_task {{ freeze {repeated(number, 'h', '.')} }}",
    "a target": lambda number: f"when new_task {{ freeze h{'[0]' * number} }}",
}


@pytest.mark.parametrize("place", IN_ONE_PLACE)
def test_items_in_one_place(place) -> None:
    (finding,) = findings(net(IN_ONE_PLACE[place](MOST_ITEMS + 1)))
    assert (finding.code, finding.message.partition(" has ")[0]) == ("CL015", place)
    assert "10,001" in finding.message and finding.span is not None
    assert "CL015" not in codes(net(IN_ONE_PLACE[place](MOST_ITEMS)))


def test_statements_of_a_body_and_of_a_file() -> None:
    (finding,) = findings(net("\n".join(f"neck a{number} = relu()" for number in range(MOST_ITEMS))))
    assert (finding.code, finding.message.partition(" has ")[0]) == ("CL015", "a body")
    streams = "".join(f"stream s{number} = split()\n" for number in range(MOST_ITEMS))
    (finding,) = findings(net(file=streams))
    assert (finding.code, finding.message.partition(" has ")[0]) == ("CL015", "the file")


def test_items_of_a_list_in_yaml() -> None:
    text = f"{YAML}      - {{neck: a, uses: [{repeated(MOST_ITEMS + 1, 'relu')}]}}\n"
    assert codes(text, "yaml") == ["CL015"]


@pytest.mark.parametrize("syntax", ["clspec", "yaml"])
def test_length_of_a_file(syntax) -> None:
    text = net() if syntax == "clspec" else f"{YAML}      - {{head: h, uses: incremental}}\n"
    filled = f"{text}#{' ' * (LONGEST_TEXT - len(text) - 1)}"
    assert codes(filled, syntax) == []
    assert codes(f"{filled} ", syntax) == ["CL011"]


NESTED = {
    "lists": lambda depth: f"neck a = {'[' * depth}relu(){']' * depth}",
    "brackets": lambda depth: f"neck a = linear({'(' * depth}8{')' * depth})",
    "signs": lambda depth: f"neck a = linear({'-' * depth}8)",
    "sums": lambda depth: f"neck a = linear({repeated(depth, '1', ' + ')})",
    "calls": lambda depth: f"neck a = {'residual([' * depth}relu(){'])' * depth}",
    "groups": lambda depth: f"{'group g from x { ' * depth}neck a = relu(){'}' * depth}",
}


@pytest.mark.parametrize("kind", NESTED)
def test_nesting(kind) -> None:
    assert codes(net(NESTED[kind](DEEPEST_NESTING + 1))) == ["CL013"]
    assert "CL013" not in codes(net(NESTED[kind](DEEPEST_NESTING // 2 - 2)))


@pytest.mark.parametrize("text", ["a: " + "[" * 5_000, "\n".join(f"{' ' * depth}a:" for depth in range(500))])
def test_nesting_in_yaml(text) -> None:
    assert codes(text, "yaml") == ["CL013"]


def test_what_aliases_stand_for() -> None:
    lines = ["clspec: 1", "a0: &a0 [x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 30))]
    (finding,) = findings("\n".join(lines), "yaml")
    assert finding.code == "CL014" and f"{MOST_ALIASED:,}" in finding.message


def test_digits_of_a_number() -> None:
    assert codes(net(f"neck a = linear({'9' * LONGEST_INTEGER}9)")) == ["CL213"]
    assert codes(net("neck a = dropout(1e999)")) == ["CL213"]
    assert "CL213" not in codes(net(f"neck a = linear({'1' * LONGEST_INTEGER})"))


def parts(number: int) -> str:
    return "\n".join(f"neck a{each} = relu()" for each in range(number))


def test_parts_and_layers_of_a_model() -> None:
    assert codes(net(parts(MOST_PARTS - 2))) == []
    (finding,) = [each for each in findings(net(parts(MOST_PARTS))) if each.code != "CL305"]
    assert finding.code == "CL109" and "5,000 parts" in finding.message
    many = "\n".join(f"backbone b{each} = simple_mlp(hidden=8, layers=1000)" for each in range(MOST_LAYERS // 1000))
    (finding,) = findings(net(many))
    assert finding.code == "CL109" and "100,000 layers" in finding.message


def test_layers_of_all_models_of_a_file() -> None:
    """A list of ten thousand layers, in eleven models of which none is too large."""
    lists = f"model Long {{ input features(8)\n neck a = [{repeated(MOST_ITEMS, 'relu')}] }}\n"
    users = "".join(f"model M{number} {{ input features(8)\n neck a = Long() }}\n" for number in range(11))
    (finding,) = findings(f"clspec 1\n{lists}{users}")
    assert finding.code == "CL109" and "the models of this file" in finding.message


def test_levels_of_models() -> None:
    chain = "model M0 { input features(8)\n neck a = relu() }\n"
    for number in range(1, DEEPEST + 5):
        chain += f"model M{number} {{ input features(8)\n neck a = M{number - 1}() }}\n"
    assert codes(f"clspec 1\n{chain}") == ["CL109"]


@pytest.mark.parametrize(
    "part", ["linear(1_000_000_000_000)", "mlp([1_000_000, 1_000_000])", "linear(10 * 1_000_000_000)"]
)
def test_parameters(part) -> None:
    """Refused with the estimate, by whatever would have built it."""
    spec = clspec.parse_string(net(f"neck a = {part}"))
    (finding,) = clspec.check(spec)
    assert finding.code == "CL306" and f"{MOST_PARAMETERS:,}" in finding.message
    assert " parameters, " in finding.message
    with pytest.raises(clspec.SpecError) as caught:
        clspec.compile(spec)
    assert caught.value.diagnostics == [finding]


SAMPLES = {
    "resize": "neck a = resize(1_000_000_000, 1_000_000_000)",
    "pad": "neck a = pad(1_000_000_000_000)",
    "channels": "neck a = repeat_channels(1_000_000_000_000)",
    "padding": "neck a = conv(1, 1, padding=1_000_000_000)",
    "in a list": "neck a = [pad(1_000_000_000_000), avg_pool(), flatten()]",
}


@pytest.mark.parametrize("kind", SAMPLES)
def test_numbers_of_a_sample(kind) -> None:
    text = net(SAMPLES[kind], "image(1, 8, 8)").replace("incremental() from x", "incremental() from f")
    (finding,) = findings(text.replace(" head", " neck f = [avg_pool(), flatten()] from x\n head"))
    assert finding.code == "CL307" and f"{MOST_NUMBERS:,}" in finding.message


@pytest.mark.parametrize(
    ("input", "code"),
    [("image(1_000_000_000, 1_000_000_000, 1_000_000_000)", "CL307"), ("features(10_000_000_001)", "CL306")],
)
def test_numbers_of_an_input(input, code) -> None:
    assert codes(net("", input)) == [code]


@pytest.mark.parametrize(
    "arguments",
    [
        "classes=10_000_000, experiences=1_000_000",
        "classes=10_000, experiences=10_000",
        "classes=10_000_000, experiences=10, shuffle=true",
        "classes=500_000_000, experiences=5_000",
    ],
)
def test_steps_over_a_stream(arguments) -> None:
    """By budgets, forecasts and pictures alike; the message says how many steps."""
    file = f"stream s = split({arguments})\n"
    (finding,) = findings(net("require parameters <= 1 over s", file=file))
    assert finding.code == "CL504" and f"{MOST_STEPS:,}" in finding.message
    spec = clspec.parse_string(net(file=file))
    assert clspec.check(spec) == []
    for make in (clspec.simulate, clspec.render):
        with pytest.raises(clspec.SpecError) as caught:
            make(spec)
        assert [each.code for each in caught.value.diagnostics] == ["CL504"]


def test_steps_of_all_budgets_of_a_file() -> None:
    file = "".join(f"stream s{number} = split(classes=2000, experiences=2000)\n" for number in range(4))
    found = findings(net("require parameters <= 1_000_000_000", file=file))
    assert [(each.code, each.span.line) for each in found if each.span] == [("CL504", 4), ("CL504", 5)]


def test_a_class_order_of_another_length_is_not_sorted_against_millions() -> None:
    (finding,) = findings(net(file="stream s = split(classes=10_000_000, experiences=1, class_order=[1, 2])\n"))
    assert finding.code == "CL502"


def test_a_list_that_is_too_long_says_how_long_it_is():
    text = f"clspec 1\nmodel M {{ input features(4) backbone b = mlp([{', '.join(['4'] * 1498)}]) head h = linear(2) }}"
    (finding,) = clspec.check(clspec.parse_string(text))
    assert finding.message == 'argument "sizes" of mlp must be a list of at most 1000, not one of 1,498'
