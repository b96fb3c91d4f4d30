"""Ranks that see different classes grow alike, in and out of DistributedDataParallel."""

import copy

import torch
from ranks import alike, raised, run
from torch import nn
from torch.nn.parallel import DistributedDataParallel

import clspec
from clspec.experience import Experience, ExperienceError
from clspec.nn import IncrementalClassifier, MultiHeadClassifier, NearestMeanClassifier, TrainEvalClassifier
from clspec.nn.distributed import synchronize, unwrap, wrap

BY_TASK = """clspec 1
model Net {
    input features(4)
    neck body = [linear(6), relu()]
    head shared = incremental()
    head own = per_task(cosine()) from body
    output shared, own
    after experience { reset body }
}
"""


def step(wrapper, optimizer, *inputs):
    optimizer.zero_grad()
    answer = wrapper(*inputs)
    answers = answer.values() if isinstance(answer, dict) else [answer]
    sum(each.clamp(min=-5).square().mean() for each in answers).backward()
    optimizer.step()


def every_rank_gets_what_any_rank_saw(rank):
    mine = Experience([rank, 7], [rank], index=3, dataset=f"data of {rank}")
    both = synchronize(mine)
    assert (both.classes, both.task_labels, both.index) == ([0, 1, 7], [0, 1], 3)
    assert both.classes_by_task == {0: [0, 7], 1: [1, 7]}
    assert both.dataset == f"data of {rank}"
    assert alike(torch.tensor(both.growth_seed))
    only_one = synchronize(Experience([4], [2]) if rank else None)
    assert (only_one.classes, only_one.task_labels, only_one.index) == ([4], [2], None)
    assert synchronize(Experience(None)).classes is None


def what_is_wrong_on_one_rank_is_told_on_all(rank):
    said = raised(ExperienceError, lambda: synchronize(Experience([-1] if rank else [1])))
    assert said == "rank 1: classes must not hold negative numbers, found -1"
    said = raised(ValueError, lambda: synchronize(Experience([1], index=rank)))
    assert said == "the ranks are at different experiences: 0, 1"
    assert "no rank saw anything" in raised(ValueError, lambda: synchronize(None))


def a_model_grows_alike_and_the_optimizer_keeps_its_state(rank):
    model = clspec.compile(clspec.parse_string(BY_TASK), dtype=torch.float64)
    ddp = wrap(model)  # from here on the ranks have the same weights
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for number in range(3):
        heads = [*model.shared.parameters(), *model.own.parameters()]
        before = {p: (p.detach().clone(), copy.deepcopy(optimizer.state[p])) for p in heads if p in optimizer.state}
        drawn = torch.get_rng_state()
        experience = synchronize(Experience([2 * number + rank], [number], number))
        assert not torch.equal(torch.get_rng_state(), drawn)  # the seed itself comes from there
        drawn = torch.get_rng_state()
        clspec.adapt(unwrap(ddp), experience, optimizer)
        assert torch.equal(torch.get_rng_state(), drawn)
        assert alike(*model.parameters())
        assert sorted({c for path, _, c, _ in model.class_map() if path == "shared"}) == list(range(2 * number + 2))
        for parameter, (value, state) in before.items():
            assert torch.equal(parameter, value)
            assert all(torch.equal(optimizer.state[parameter][name], kept) for name, kept in state.items())
        old, ddp = ddp, wrap(model)
        assert ddp.find_unused_parameters == (number > 0)  # a batch has some tasks, but all of one
        assert "no attribute 'module'" in raised(AttributeError, lambda wrapper=old: wrapper(torch.zeros(1, 4), 0))
        x = torch.randn(5, 4, dtype=torch.float64)  # each rank its own samples, of tasks that the other has none of
        for label in {0: (0, 0), 1: (0, 1), 2: (2, 0)}[number][rank], torch.full((5,), number):
            step(ddp, optimizer, x, label)
            assert alike(*model.parameters())
        weights = [each.weight for each in model.shared.generations]
        model.post_adaptation(experience)  # with the wrapper on: resets draw alike too
        assert alike(*model.parameters()) and alike(*weights)
    assert [int(optimizer.state[each.weight]["step"]) for each in model.shared.generations] == [6, 4, 2]


def gradients_are_averaged_after_growth(rank):
    head = IncrementalClassifier(4)
    ddp = wrap(head)
    kept = ddp  # somebody still has the old wrapper: it must not be in the way
    unwrap(kept).adaptation(synchronize(Experience([rank, 2])))
    ddp = wrap(head)
    assert not ddp.find_unused_parameters
    x = torch.randn(2, 3, 4, generator=torch.Generator().manual_seed(0))
    twins = [copy.deepcopy(head) for _ in x]
    for twin, own in zip(twins, x, strict=True):
        twin(own).square().mean().backward()
    ddp(x[rank]).square().mean().backward()
    for name, parameter in head.named_parameters():
        mean = sum(dict(twin.named_parameters())[name].grad for twin in twins) / 2
        torch.testing.assert_close(parameter.grad, mean)


def a_plain_module_grows_alike(rank):
    model = nn.ModuleDict({"body": nn.Linear(4, 6), "a": IncrementalClassifier(6), "b": IncrementalClassifier(6)})
    wrap(model)
    before = alike(*model.parameters())
    clspec.adapt(model, synchronize(Experience([rank, 5 + rank])))  # the wrapper was dropped at once
    assert before and alike(*model.parameters())
    rows = [model[name].generations[0].extra_weight for name in "ab"]
    assert rows[0].shape == (2, 6) and not torch.equal(*rows)


def a_live_wrapper_is_refused_and_nothing_changed(rank):
    model = nn.Sequential(nn.Linear(4, 6), IncrementalClassifier(6))
    grown = nn.Sequential(nn.Linear(4, 6), IncrementalClassifier(6))
    for classes in ([0], [1]):
        clspec.adapt(grown, Experience(classes))
    ddp = DistributedDataParallel(model)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    experience = synchronize(Experience([rank, 4]))
    for call in (
        lambda: clspec.adapt(model, experience),
        lambda: clspec.adapt(ddp, experience),
        lambda: model[1].adaptation(experience),
        lambda: nn.ModuleDict({"all": ddp, "more": IncrementalClassifier(3)})["all"].module[1].adaptation(experience),
        lambda: model[1].load_state_dict(grown[1].state_dict()),
        model[1].merge_generations,
    ):
        said = raised(RuntimeError, call).splitlines()
        assert "live DistributedDataParallel" in said[0]
        assert said[1].strip().startswith("clspec.adapt(clspec.nn.distributed.unwrap(ddp), ")
        assert said[2].strip() == "ddp = clspec.nn.distributed.wrap(model)"
    assert model.state_dict().keys() == before.keys()
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    model.eval()
    assert clspec.adapt(model, experience).announced_only  # widens the answers, grows nothing
    model.train()
    # The two lines, as they are printed.
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    names = {"clspec": clspec, "ddp": ddp, "model": model, "experience": experience, "optimizer": optimizer}
    exec("\n".join(line.strip() for line in said[1:]), names)
    assert names["ddp"](torch.zeros(1, 4)).shape == (1, 5) and names["ddp"].module is model
    assert raised(TypeError, lambda: unwrap(model)) == "Sequential is no DistributedDataParallel"
    assert "taken off" in raised(ValueError, lambda: unwrap(ddp))


def growth_by_after_rules_is_refused_too(rank):
    text = "clspec 1\nmodel Net { input features(4)\n head h = incremental(auto=false)\n after new_class { expand h } }"
    model = clspec.compile(clspec.parse_string(text))
    experience = synchronize(Experience([rank, 4, 5]))
    model.adaptation(experience)
    ddp = wrap(model)
    assert "live DistributedDataParallel" in raised(RuntimeError, model.post_adaptation)
    assert len(list(ddp.parameters())) == 2
    unwrap(ddp).post_adaptation()
    assert alike(*model.parameters()) and [c for _, _, c, _ in model.class_map()] == [0, 1, 4, 5]


def statistics_fit_on_the_same_data_are_the_same(rank):
    model = nn.Sequential(nn.Linear(4, 6), TrainEvalClassifier(IncrementalClassifier(6), NearestMeanClassifier(6)))
    assert not wrap(model).find_unused_parameters
    answering = nn.Sequential(nn.Linear(4, 6), TrainEvalClassifier(IncrementalClassifier(6), MultiHeadClassifier(6)))
    assert wrap(answering).find_unused_parameters
    y = torch.arange(4).repeat(5)
    data = torch.utils.data.TensorDataset(torch.randn(20, 4, generator=torch.Generator().manual_seed(0)), y)
    experience = synchronize(Experience([2 * rank, 2 * rank + 1], index=0, dataset=data))
    clspec.adapt(model, experience)
    clspec.nn.post_adapt(model, experience)
    assert alike(*model.parameters(), *model.buffers())
    assert model[1].eval_classifier.generations[0].count.tolist() == [5, 5, 5, 5]


run(
    every_rank_gets_what_any_rank_saw,
    what_is_wrong_on_one_rank_is_told_on_all,
    a_model_grows_alike_and_the_optimizer_keeps_its_state,
    gradients_are_averaged_after_growth,
    a_plain_module_grows_alike,
    a_live_wrapper_is_refused_and_nothing_changed,
    growth_by_after_rules_is_refused_too,
    statistics_fit_on_the_same_data_are_the_same,
)
