"""A head over the ranks is the whole one: in answers, in training, in its checkpoint."""

import sys
from pathlib import Path

import torch
import torch.distributed as dist
from ranks import alike, raised, run
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.tensor import Shard
from torch.distributed.tensor.debug import CommDebugMode
from torch.distributed.tensor.parallel import loss_parallel
from torch.nn import functional

import clspec
from clspec.nn.wrappers import whole

sys.path.insert(0, str(Path(__file__).parents[3] / "examples"))
from growing_shards import SPEC, answers, columns
from sharded_head import lay_out

TEXT = """clspec 1
model Net {{
    input features(4)
    neck body = linear(6)
    head h = {head}
}}
"""
FOLDER = Path(sys.argv[1])
X = torch.randn(8, 4, generator=torch.Generator().manual_seed(0))


def grown(head, stream):
    """A model and its optimizer after a stream, a step each, in one block of rows."""
    model = clspec.compile(clspec.parse_string(TEXT.format(head=head)), seed=1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    for classes in stream:
        model.adaptation(clspec.Experience(classes), optimizer)
        model.merge_generations(optimizer)
        step(model, optimizer, classes)
    return model, optimizer


def step(model, optimizer, classes):
    y = model.encode(torch.tensor([classes[number % len(classes)] for number in range(len(X))]))
    optimizer.zero_grad()
    with loss_parallel():
        loss = functional.cross_entropy(model(X), y)
        loss.backward()
    optimizer.step()
    return float(whole(loss.detach()))


def over_the_ranks(model, optimizer):
    """The same, each rank with its rows."""
    state = clspec.optimizer_state(optimizer, model)
    lay_out(model.h, init_device_mesh("cpu", (2,)))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    clspec.load_optimizer_state(optimizer, model, state)
    return optimizer


def same(model, optimizer, alone, its):
    told, kept = (clspec.optimizer_state(*pair)["state"] for pair in ((optimizer, model), (its, alone)))
    assert told.keys() == kept.keys()
    for name, parameter in alone.named_parameters():
        torch.testing.assert_close(whole(dict(model.named_parameters())[name]), parameter)
        torch.testing.assert_close(whole(told[name]["momentum_buffer"]), kept[name]["momentum_buffer"])


def laid_out_it_is_the_whole_head(rank):
    cases = {
        "incremental()": [[0, 1, 2], [3, 4], [5, 6]],  # seven rows: four here, three there
        "incremental(initial=1, bias=false)": [[0], [1]],
        'incremental(index="compact")': [[900, 7], [4, 30_000, 5]],
    }
    for number, (head, stream) in enumerate(cases.items()):
        alone, its = grown(head, stream)
        model, optimizer = grown(head, stream)
        optimizer = over_the_ranks(model, optimizer)
        rows = sum(map(len, stream))
        assert len(model.h.generations[0].weight.to_local()) == (rows + 1 - rank) // 2
        features = model.body(X)
        with CommDebugMode() as talk:
            answers = model.h(features)
        assert answers.placements == (Shard(1),) and talk.get_total_counts() == 0  # no rank asks for another's rows
        torch.testing.assert_close(whole(answers), alone(X))
        with loss_parallel(), CommDebugMode() as talk:
            functional.cross_entropy(model.h(features), torch.zeros(len(X), dtype=torch.long)).backward()
        assert talk.get_total_counts() == 4
        for classes in stream:
            assert abs(step(model, optimizer, classes) - step(alone, its, classes)) < 1e-6
        same(model, optimizer, alone, its)

        path = FOLDER / f"{number}.safetensors"
        clspec.save_checkpoint(model, path, optimizer)
        again, its_own = clspec.load_checkpoint(path)  # as it was before: whole
        same(again, its_own, alone, its)
        assert again.class_map() == alone.class_map()
        optimizer = over_the_ranks(again, its_own)
        assert abs(step(again, optimizer, stream[0]) - step(alone, its, stream[0])) < 1e-6


def alive_it_is_refused_with_the_lines_that_grow_it(rank):
    alone, its = grown("incremental()", [[0, 1, 2]])
    model, optimizer = grown("incremental()", [[0, 1, 2]])
    optimizer = over_the_ranks(model, optimizer)
    before = [whole(each).clone() for each in model.parameters()]
    experience = clspec.Experience([3 + rank])
    for call in (
        lambda: model.adaptation(experience, optimizer),
        lambda: clspec.adapt(model, experience),
        lambda: model.merge_generations(optimizer),
        lambda: model.load_state_dict(grown("incremental()", [[0, 1, 2], [3]])[0].state_dict()),
    ):
        said = raised(RuntimeError, call).splitlines()
        assert "has sharded parameters" in said[0]
        assert said[5].strip() == "lay_out(model)  # over the ranks, as it was: distribute_module, parallelize_module"
    assert all(torch.equal(whole(now), was) for now, was in zip(model.parameters(), before, strict=True))
    names = {"clspec": clspec, "model": model, "optimizer": optimizer, "experience": experience}
    names |= {"path": FOLDER / "alive.safetensors", "Adam": lambda given: torch.optim.SGD(given, lr=0.05, momentum=0.9)}
    names["lay_out"] = lambda model: lay_out(model.h, init_device_mesh("cpu", (2,)))
    exec("\n".join(line.strip() for line in said[1:]), names)  # as they are printed
    alone.adaptation(clspec.Experience([3, 4]), its)
    model, optimizer = names["model"], names["optimizer"]
    assert model.class_map() == alone.class_map()
    torch.testing.assert_close(whole(model(X)), alone(X))  # in several blocks: right, but every rank gathers all rows
    assert all(isinstance(each, type(model.h.generations[0].weight)) for each in model.h.parameters())


def a_head_of_each_rank_grows_in_its_place(rank):
    mesh, spec = init_device_mesh("cpu", (2,)), clspec.parse_string(SPEC)
    model, alone = clspec.compile(spec), clspec.compile(spec, seed=1)
    model.trunk.load_state_dict(alone.trunk.state_dict())
    optimizers = [torch.optim.Adam(each.parameters(), lr=0.01) for each in (model, alone)]
    x = torch.randn(8, 8, generator=torch.Generator().manual_seed(0))
    for number, width in enumerate((2, 5)):
        before = {each: dict(optimizers[0].state[each]) for each in model.classifier.parameters()}
        model.adaptation(clspec.Experience(range(width), index=number), optimizers[0])
        alone.adaptation(clspec.Experience(range(2 * width), index=number), optimizers[1])
        assert all(optimizers[0].state[each] == state for each, state in before.items() if state)
        told = {}
        for name in ("weight", "bias"):
            both = [torch.empty_like(getattr(model.classifier, name)) for _ in range(2)]
            dist.all_gather(both, getattr(model.classifier, name))
            told[name] = {c: both[c % 2][c // 2] for c in range(2 * width)}
        alone.classifier.set_rows(told["weight"], told["bias"])  # the whole head has the rows of both
        for at in range(3):
            y = (torch.arange(8) * 3 + at) % (2 * width)
            order = columns(torch.arange(2 * width), 2, width)
            torch.testing.assert_close(whole(answers(model, x, mesh))[:, order], alone(x))
            for optimizer in optimizers:
                optimizer.zero_grad()
            with loss_parallel():
                functional.cross_entropy(answers(model, x, mesh), columns(y, 2, width)).backward()
            functional.cross_entropy(alone(x), y).backward()
            assert alike(*(each.grad for each in model.trunk.parameters()))
            for one, other in zip(model.trunk.parameters(), alone.trunk.parameters(), strict=True):
                torch.testing.assert_close(one.grad, other.grad)
            for optimizer in optimizers:
                optimizer.step()
            torch.testing.assert_close(model.classifier.weight, alone.classifier.weight[rank::2])


run(
    laid_out_it_is_the_whole_head,
    alive_it_is_refused_with_the_lines_that_grow_it,
    a_head_of_each_rank_grows_in_its_place,
)
