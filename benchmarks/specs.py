"""Specs to measure with: a ten-line one, and files of as many models as wanted, varied and like those people write."""

from __future__ import annotations

from collections.abc import Iterator

TEN_LINES = """\
clspec 1

stream tasks = split(classes=10, experiences=5)
model Net(width=64) {
    input image(1, 28, 28)
    backbone trunk = simple_mlp(hidden=width)
    neck proj = [linear(32), relu()]
    head classifier = incremental(initial=2)
    when experience 2.. { freeze trunk }
}
"""

_KINDS = (
    """\
# Class-incremental images, one head that grows.
model Single{n}(width={width}, drop=0.1) {{
    "A convolutional trunk and one growing head."
    input image(3, 32, 32)
    backbone trunk = simple_cnn()
    neck proj = [linear(2 * width), relu(), dropout(drop)]
    head classifier = incremental(initial=2)
    when experience 2.. {{ freeze trunk }}
    after experience {{ align classifier }}
}}
""",
    """\
model Projector{n}(width={width}) {{
    input features()
    neck first = [linear(2 * width), relu()]
    neck second = [linear(width), relu()]  # read by whoever uses this model
    freeze first
}}
""",
    """\
model Tasks{n}(hidden={width}) {{
    input image(1, 28, 28)
    backbone trunk = simple_mlp(hidden=hidden, layers=2, dropout=0.2)
    neck proj = Projector{used}(width=hidden // 2)
    head classifier = per_task(incremental(initial=1))
    when new_task {{
        reset classifier[:-1]; freeze classifier[:-1]
    }}
    output classifier
}}
""",
    """\
# Coarse and fine labels: two heads over two views of one trunk.
model Hierarchy{n}(width={width}) {{
    input image(3, 32, 32)
    backbone trunk = simple_cnn()
    neck shallow = [linear(width), relu()] from trunk
    group fine from trunk, shallow {{
        neck proj = [linear(width + 16), relu(), dropout(0.25)] from trunk
        head labels = incremental(initial=2, masking=false) from proj
    }}
    head coarse = cosine(initial=4) from shallow
    when new_class {{ freeze coarse[:-1] }}
    output coarse, fine in eval
    output fine in train
}}
""",
    """\
model Columns{n} {{
    input features({width})
    backbone net = progressive(hidden={width}, layers=2)
    head classifier = incremental(initial=2, index="compact")
    after experience 1..3 {{ freeze net }}
}}
""",
)


def models(count: int) -> str:
    """A spec of so many models, in one file; some are used by others."""
    return "clspec 1\n\nstream tasks = split(classes=10, experiences=5)\n\n" + "\n".join(_models(count))


def _models(count: int) -> Iterator[str]:
    for n in range(count):
        kind = n % len(_KINDS)
        yield _KINDS[kind].format(n=n, used=n - 1, width=8 * (1 + n % 32))
