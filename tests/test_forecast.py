"""What `simulate` predicts is what the compiled model does, at every experience of any stream."""

from __future__ import annotations

import json
from functools import cache

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from torch import nn

import clspec
from clspec import growth
from clspec.experience import Experience

from .strategies import streams

torch.set_num_threads(1)
INPUT = "input features(5)\n neck body = [linear(6), batch_norm(), relu()]"
SPECS = {
    "single head": "head h = incremental(initial={initial})",
    "without bias": "head h = incremental(initial={initial}, bias=false, mask_value=-7)",
    "per task": "head h = per_task(incremental(initial={initial}))",
    "per task, fixed members": "head h = per_task(linear(3)) neck n = per_task(linear(4)) head k = linear(2) from n",
    "frozen in time": """
        head h = incremental(initial={initial})
        head t = per_task(incremental(initial={initial})) from body
        freeze t
        when experience 2.. {{ freeze body; unfreeze t }}
        when new_class {{ freeze h }}
        when experience 1..3 {{ unfreeze h }}
        after new_task {{ freeze t, body }}
        after experience 4 {{ unfreeze body }}
    """,
    "groups in groups": """
        group outer from body {{
            neck hidden = linear(4)
            group inner from hidden {{
                head labels = incremental(initial={initial})
                head tasks = per_task(incremental(initial={initial}))
                when experience 1 {{ freeze labels }}
            }}
            head fixed = linear(3) from hidden
            when new_task {{ unfreeze inner }}
            after experience {{ freeze inner.tasks }}
        }}
        when experience 3 {{ freeze outer; unfreeze outer.hidden }}
    """,
    "written growth": """
        head h = incremental(initial={initial}, auto=false)
        head t = per_task(incremental(initial={initial}), auto=false) from body
        head u = per_task(incremental(initial={initial}, auto=false)) from body
        when new_task {{ expand h; expand u }}
        when experience 1.. {{ branch t; freeze u }}
        after new_class {{ expand h; branch t }}
    """,
    "per task, around necks": """
        neck n = per_task([linear(4), batch_norm(), relu()])
        neck m = per_task(mlp([3], dropout=0.1))
        head h = per_task([relu(), linear(2, bias=false)])
        freeze n[0]
    """,
    "cosine": """
        head h = cosine(initial={initial})
        head k = per_task(cosine(initial={initial}, scale=false)) from body
        when new_class {{ freeze h[:-1] }}
        when experience 2.. {{ freeze k[0][-1]; unfreeze h[0] }}
    """,
    "compact and aligned": """
        head h = incremental(initial={initial}, index="compact")
        head k = per_task(incremental(initial={initial}, index="compact")) from body
        after experience {{ align h, k }}
        when experience 1 {{ reset h[-1]; reset body; reset k[:] }}
        after new_task {{ align k[-1] }}
    """,
    "reserved": """
        head h = incremental(initial={initial}, reserve=4)
        head c = incremental(initial={initial}, index="compact", reserve=3) from body
        head k = per_task(incremental(initial={initial}, reserve=3)) from body
        when new_class {{ freeze h[:-1] }}
        when experience 2.. {{ unfreeze h[0]; freeze k[0][-1]; reset c }}
        after experience {{ align h, c, k }}
    """,
    "statistics": """
        head a = nearest_mean()
        head b = streaming_lda() from body
        head c = fecam() from body
        head d = per_task(nearest_mean()) from body
        head e = nearest_mean(auto=false) from body
        when new_class {{ expand e }}
        after new_class {{ observe e }}
    """,
    "one to train, one to answer": "head h = train_eval(incremental(initial={initial}), nearest_mean())",
    "progressive": """
        backbone p = progressive(hidden=3, layers=2) from x
        head h = per_task(incremental(initial={initial})) from p
        backbone q = progressive(hidden=2, layers=3, adapter="linear", auto=false) from x
        head i = linear(2) from q
        when new_class {{ branch q; freeze q[0] }}
        when experience 3 {{ unfreeze p[:2]; freeze p[-1] }}
    """,
    "slices": """
        head h = incremental(initial={initial})
        head t = per_task(incremental(initial={initial})) from body
        when new_class {{ freeze h[:-1], t[-1] }}
        when experience 1..2 {{ freeze h[:], t[0][:-1] }}
        when experience 3.. {{ unfreeze h[1:3], t[:][0] }}
        freeze h[0]
    """,
    "nothing grows": "head h = incremental(initial={initial}, auto=false) head k = linear(3) from body",
}


@cache
def parsed(name: str, initial: int):
    text = SPECS[name].format(initial=initial).replace(" head", "\n head")
    return clspec.parse_string(f"clspec 1\nmodel Net {{ {INPUT}\n {text} }}")


def columns(model: nn.Module, path: str, task: int | None) -> int:
    """The width of a head's answer, in eval mode, where nothing can grow."""
    head = model.get_submodule(path)
    mode = model.training
    model.eval()
    with torch.no_grad():
        width = head.in_features if task is None else head.members[0].in_features
        answer = head(torch.zeros(2, width), *([] if task is None else [task]))
    model.train(mode)
    return answer.shape[1]


def parts(model: nn.Module, states) -> dict:
    """What the model tells of the spec's parts; it also tells of what is inside a list or a backbone."""
    told = model.describe()
    return {path: told[path] for path in states}


def compare(model: nn.Module, row) -> None:
    assert parts(model, row.states) == row.states
    parameters = list(model.parameters())
    assert sum(p.numel() for p in parameters) == row.parameters
    assert sum(p.numel() for p in parameters if p.requires_grad) == row.trainable
    tensors = [*parameters, *model.buffers()]
    assert sum(t.numel() * t.element_size() for t in tensors) == row.memory
    for path, width in row.widths.items():
        widths = {None: width} if isinstance(width, int) else width
        for task, columns_of_task in widths.items():
            assert columns(model, path, task) == columns_of_task, (path, task)


@pytest.mark.parametrize("initial", [1, 2, 6])
@pytest.mark.parametrize("name", SPECS)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stream=streams())
def test_the_forecast_comes_true(name, initial, stream) -> None:
    spec = parsed(name, initial)
    forecast = clspec.simulate(spec, stream)
    model = clspec.compile(spec)
    assert parts(model, forecast.initial) == forecast.initial
    for experience, row in zip(stream, forecast.rows, strict=True):
        assert model.adaptation(experience).changes == row.changes
        compare(model, row)
        assert model.post_adaptation(experience).changes == row.after


@settings(max_examples=40, deadline=None)
@given(stream=streams())
def test_after_rules_that_nobody_called_come_with_the_next_adaptation(stream) -> None:
    """The same changes happen, whether `post_adaptation` is called or not; only later."""
    spec = parsed("frozen in time", 2)
    called, left = clspec.compile(spec), clspec.compile(spec)
    for experience in stream:
        called.adaptation(experience)
        called.post_adaptation(experience)
        left.adaptation(experience)
    called.post_adaptation(stream[-1])
    left.post_adaptation(stream[-1])
    assert called.describe() == left.describe()


def test_the_row_of_a_forecast_is_plain_data() -> None:
    spec = parsed("per task", 2)
    table = clspec.simulate(spec, clspec.streams.split(4, 2, task_labels=True))
    data = table.to_dict()
    assert json.loads(json.dumps(data))["experiences"][0]["classes"] == [0, 1]
    keys = ["experience", "classes", "task_labels", "changes", "parameters", "trainable", "memory", "widths", "after"]
    assert [list(row) for row in data["experiences"]] == [keys, keys]
    assert data["experiences"][1]["widths"] == {"h": {0: 2, 1: 4}}


def test_the_table_has_a_line_an_experience() -> None:
    spec = parsed("frozen in time", 2)
    head, *lines = str(clspec.simulate(spec, clspec.streams.split(6, 3))).splitlines()
    assert head.split()[:3] == ["experience", "classes", "tasks"]
    assert [line.split()[0] for line in lines] == ["0", "1", "2"]
    assert "after: body: frozen" in lines[0]
    assert "h 2" in lines[0] and "t 0:2" in lines[0]


def test_numbers_of_experiences_are_their_own_or_one_more_than_the_last() -> None:
    spec = parsed("single head", 2)
    stream = [Experience([0]), Experience([1], index=5), Experience([2]), Experience([3], index=2)]
    assert [row.experience for row in clspec.simulate(spec, stream).rows] == [0, 5, 6, 2]


def test_every_object_that_looks_like_an_experience_will_do() -> None:
    class Foreign:
        classes_in_this_experience = (3, 4)
        task_labels = (1,)
        current_experience = 9

    (row,) = clspec.simulate(parsed("per task", 2), [Foreign()]).rows
    assert (row.experience, row.classes, row.task_labels) == (9, (3, 4), (1,))
    with pytest.raises(ValueError, match="is no experience"):
        clspec.simulate(parsed("per task", 2), [object()])


def test_a_stream_is_read_once_and_lazily() -> None:
    def stream():
        yield from clspec.streams.split(4, 2)

    assert len(clspec.simulate(parsed("single head", 2), stream()).rows) == 2


def test_a_long_stream_costs_little() -> None:
    """10,000 classes in 1,000 experiences; the work is counted, not timed: rows are asked once each."""
    table = clspec.simulate(parsed("single head", 2), clspec.streams.split(10_000, 1_000))
    assert table.rows[-1].widths == {"h": 10_000}
    assert table.rows[-1].parameters == 7 * 10_000 + 6 * 6 + 2 * 6
    assert growth.spell(table.rows[-1].states["h"].rows[-1]).startswith("9990")


def test_a_backbone_freezes_to_a_stage_as_forecast() -> None:
    """Batch-norm statistics of the frozen stages stand still, in train mode too; those of the others move."""
    spec = clspec.parse_string("""clspec 1
    model Net {
        input image(1, 32, 32)
        backbone trunk = pytorchcv("resnet20_cifar10")
        head h = incremental()
        freeze trunk until stage2
        when experience 1 { unfreeze trunk from stage2 }
    }""")
    stream = [Experience([2 * i, 2 * i + 1], index=i) for i in range(3)]
    model = clspec.compile(spec)
    means = {name: module.running_mean for name, module in model.named_modules() if hasattr(module, "running_mean")}
    for experience, row in zip(stream, clspec.simulate(spec, stream).rows, strict=True):
        assert model.adaptation(experience).changes == row.changes
        compare(model, row)
        before = {name: mean.clone() for name, mean in means.items()}
        model(torch.randn(8, 1, 32, 32))
        still = {name for name, mean in means.items() if torch.equal(mean, before[name])}
        frozen = ("init_block", "stage1") if row.experience else ("init_block", "stage1", "stage2")
        assert still == {
            name for name in means if name.startswith(tuple(f"trunk.net.features.{each}" for each in frozen))
        }


def test_outputs_by_mode_are_computed_only_where_they_are_given() -> None:
    model = clspec.compile(
        clspec.parse_string("""clspec 1
        model Net {
            input features(4)
            neck body = linear(3)
            head a = incremental()
            head b = nearest_mean() from body
            output a, body in train
            output b in eval
        }""")
    )
    ran = []
    for name in ("body", "a", "b"):
        model.get_submodule(name).register_forward_hook(lambda *_, name=name: ran.append(name))
    model.adaptation(Experience([0, 1]))
    assert list(model(torch.zeros(2, 4))) == ["a", "body"]
    assert ran == ["body", "a"]
    assert model.eval()(torch.zeros(2, 4)).shape == (2, 2)
    assert ran == ["body", "a", "body", "b"]
