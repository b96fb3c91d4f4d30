"""Avalanche's own strategies train, adapt and evaluate compiled models with no code of the user's."""

from __future__ import annotations

import copy
import warnings

import pytest
import torch
from avalanche.core import Agent
from avalanche.models.dynamic_optimizers import DynamicOptimizer
from avalanche.training.supervised import (
    AGEM,
    EWC,
    GEM,
    MAS,
    Cumulative,
    GDumb,
    JointTraining,
    LwF,
    Naive,
    Replay,
    SynapticIntelligence,
)
from torch.nn import CrossEntropyLoss

import clspec
from clspec.diagnostics import SpecError, SpecWarning
from clspec.experience import ExperienceError
from clspec.integrations.avalanche import AfterRules
from tests.avalanche.benchmark import CLASSES, EXPERIENCES, benchmark, points

pytestmark = [
    pytest.mark.filterwarnings("ignore:No loggers specified"),
    pytest.mark.filterwarnings("ignore:__array_wrap__"),  # of Avalanche's SynapticIntelligence with NumPy 2
]

ONE_HEAD = """clspec 1
model M {
  input features(8)
  backbone trunk = mlp([16])
  head labels = incremental()
}
"""
PER_TASK = ONE_HEAD.replace("incremental()", "per_task(incremental())")
STRATEGIES = {
    "naive": (Naive, {}),
    "cumulative": (Cumulative, {}),
    "replay": (Replay, {"mem_size": 30}),
    "ewc separate": (EWC, {"ewc_lambda": 0.1}),
    "ewc online": (EWC, {"ewc_lambda": 0.1, "mode": "online", "decay_factor": 0.5}),
    "lwf": (LwF, {"alpha": 1.0, "temperature": 2.0}),
    "gem": (GEM, {"patterns_per_exp": 10}),
    "agem": (AGEM, {"patterns_per_exp": 10, "sample_size": 10}),
    "synaptic intelligence": (SynapticIntelligence, {"si_lambda": 0.1}),
    "mas": (MAS, {}),
    "joint training": (JointTraining, {}),
    "gdumb": (GDumb, {"mem_size": 60}),
}
ONE_LABEL = (False, ONE_HEAD)
LABEL_EACH = (True, PER_TASK)


def compiled(text: str):
    return clspec.compile(clspec.parse_string(text), target="avalanche", seed=0)


def strategy_of(kind, model, plugins=(), **arguments):
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    return kind(
        model=model, optimizer=optimizer, criterion=CrossEntropyLoss(), train_mb_size=10, train_epochs=6,
        eval_mb_size=32, evaluator=None, plugins=list(plugins), **arguments,
    )  # fmt: skip


def train(strategy, stream) -> None:
    """The loop of Avalanche's users: after every experience the whole test stream is evaluated."""
    if isinstance(strategy, JointTraining):
        strategy.train(stream.train_stream)
        strategy.eval(stream.test_stream)
        return
    for experience in stream.train_stream:
        strategy.train(experience)
        strategy.eval(stream.test_stream)


def held_once(strategy) -> None:
    held = [id(parameter) for group in strategy.optimizer.param_groups for parameter in group["params"]]
    assert len(held) == len(set(held))
    assert set(held) >= {id(parameter) for parameter in strategy.model.parameters() if parameter.requires_grad}


def accuracy(model, labelled: bool) -> float:
    x, y = points(3)
    model.eval()
    answer = model(x, torch.div(y, 2, rounding_mode="floor")) if labelled else model(x)
    return (answer.argmax(1) == y).float().mean().item()


@pytest.mark.parametrize(("labelled", "text"), [ONE_LABEL, LABEL_EACH], ids=["one head", "a head a task"])
@pytest.mark.parametrize("name", STRATEGIES)
def test_a_strategy_trains_adapts_and_evaluates(name, labelled, text) -> None:
    kind, arguments = STRATEGIES[name]
    strategy = strategy_of(kind, compiled(text), **arguments)
    train(strategy, benchmark(labelled))
    held_once(strategy)
    assert sorted({class_id for _, _, class_id, _ in strategy.model.class_map()}) == list(range(CLASSES))
    remembers = name in ("cumulative", "replay", "joint training", "gdumb")
    assert accuracy(strategy.model, labelled) > (0.9 if remembers or labelled else 0.3)


@pytest.mark.parametrize("optimizer", [torch.optim.Adam, torch.optim.SGD])
def test_the_state_of_old_rows_survives(optimizer) -> None:
    strategy = strategy_of(Naive, compiled(ONE_HEAD))
    more = {"momentum": 0.9} if optimizer is torch.optim.SGD else {}
    strategy.optimizer = optimizer(strategy.model.parameters(), lr=0.01, **more)
    first, second = benchmark().train_stream[:2]
    strategy.train(first)
    old = strategy.model.labels.generations[0].weight
    kept = copy.deepcopy(strategy.optimizer.state[old])
    seen = {}

    class Look(AfterRules):
        """Looks once the model and the optimizer are ready for the second experience, before any step."""

        def before_training_exp(self, strategy, *_, **__):
            seen.update(copy.deepcopy(strategy.optimizer.state[old]))

        def after_training_exp(self, strategy, *_, **__):
            pass

    strategy.plugins.append(Look())
    strategy.train(second)
    assert seen.keys() == kept.keys() and kept
    assert all(torch.equal(seen[name], kept[name]) for name in kept if isinstance(kept[name], torch.Tensor))
    held_once(strategy)


def test_parts_do_not_adapt_twice() -> None:
    strategy = strategy_of(Naive, compiled(ONE_HEAD))
    train(strategy, benchmark())
    assert len(strategy.model.labels.generations) == EXPERIENCES


def test_evaluating_changes_nothing() -> None:
    strategy = strategy_of(Naive, compiled(PER_TASK))
    strategy.train(benchmark(True).train_stream[0])
    before = {name: value.clone() for name, value in strategy.model.state_dict().items()}
    strategy.eval(benchmark(True).test_stream)
    after = strategy.model.state_dict()
    assert before.keys() == after.keys() and all(torch.equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize("dynamic", [True, False], ids=["DynamicOptimizer", "torch optimizer"])
def test_the_agent_loop(dynamic) -> None:
    text = ONE_HEAD.replace("}\n", "  after experience 0 { freeze trunk }\n}\n")
    agent = Agent()
    with pytest.warns(SpecWarning, match="AfterRules"):
        agent.model = compiled(text)
    optimizer = torch.optim.Adam(agent.model.parameters(), lr=0.01)
    agent.optimizer = DynamicOptimizer(optimizer, agent.model) if dynamic else optimizer
    for experience in benchmark().train_stream:
        agent.model.train()
        agent.pre_adapt(experience)
        for _ in range(6):
            for x, y, *_ in torch.utils.data.DataLoader(experience.dataset, batch_size=10):
                agent.optimizer.zero_grad()
                CrossEntropyLoss()(agent.model(x), y).backward()
                agent.optimizer.step()
        agent.post_adapt(experience)
        assert all(not parameter.requires_grad for parameter in agent.model.trunk.parameters())
    held = [id(parameter) for group in optimizer.param_groups for parameter in group["params"]]
    assert len(held) == len(set(held)) and set(held) >= {id(each) for each in agent.model.labels.parameters()}


def test_the_plugin_runs_after_rules() -> None:
    text = ONE_HEAD.replace("}\n", "  after experience 0 { freeze trunk }\n}\n")
    frozen = []

    class Look(AfterRules):
        def after_training_exp(self, strategy, *_, **__):
            super().after_training_exp(strategy)
            frozen.append(not any(parameter.requires_grad for parameter in strategy.model.trunk.parameters()))

    with pytest.warns(SpecWarning, match="AfterRules"):
        model = compiled(text)
    train(strategy_of(Naive, model, [Look()]), benchmark())
    assert frozen == [True, True, True]


def test_the_plugin_clears_the_optimizer_state_of_what_was_reset() -> None:
    text = ONE_HEAD.replace("}\n", "  when experience 1 { reset trunk }\n}\n")
    steps = []

    class Look(AfterRules):
        def before_training_exp(self, strategy, *_, **__):
            super().before_training_exp(strategy)
            weight = next(strategy.model.trunk.parameters())
            steps.append(strategy.optimizer.state[weight].get("step"))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = compiled(text)
    train(strategy_of(Naive, model, [Look()]), benchmark())
    assert steps[1] is None and steps[2] is not None


def test_observe_rules_fit_on_the_experience() -> None:
    text = ONE_HEAD.replace("incremental()", "nearest_mean()").replace("trunk = mlp([16])", "trunk = [linear(16)]")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = compiled(text)
    for experience in benchmark().train_stream:
        model.train()
        model.pre_adapt(Agent(), experience)
        model.post_adapt(Agent(), experience)
    assert accuracy(model, labelled=False) > 0.9


def test_avalanches_own_checkpoints(tmp_path) -> None:
    from avalanche.checkpointing import maybe_load_checkpoint, save_checkpoint

    strategy = strategy_of(Naive, compiled(ONE_HEAD))
    strategy.train(benchmark().train_stream[0])
    save_checkpoint(strategy, str(tmp_path / "strategy.pkl"))
    again, experience = maybe_load_checkpoint(strategy_of(Naive, compiled(ONE_HEAD)), str(tmp_path / "strategy.pkl"))
    assert experience == 1
    x = points(3)[0]
    assert torch.equal(again.model.eval()(x), strategy.model.eval()(x))
    for each in (strategy, again):
        torch.manual_seed(0)
        each.train(benchmark().train_stream[1])
        held_once(each)
    assert torch.equal(again.model.eval()(x), strategy.model.eval()(x))


def test_our_checkpoints_bring_back_the_same_kind(tmp_path) -> None:
    model = compiled(PER_TASK)
    model.adaptation(benchmark(True).train_stream[0])
    clspec.save_checkpoint(model, tmp_path / "model.safetensors")
    again, _ = clspec.load_checkpoint(tmp_path / "model.safetensors")
    assert type(again).__mro__[1] is type(model).__mro__[1]


def test_several_outputs_are_refused() -> None:
    text = ONE_HEAD.replace("}\n", "  head more = linear(2) from trunk\n  output labels, more\n}\n")
    with pytest.raises(SpecError, match=r"CL902.*several outputs"):
        compiled(text)
    with pytest.raises(SpecError, match="CL902"):
        clspec.emit(clspec.parse_string(text), target="avalanche")


def test_a_model_that_answers_by_task_wants_task_labels() -> None:
    model = compiled(PER_TASK)

    class Unlabelled:
        classes_in_this_experience = (0, 1)

    with pytest.raises(ExperienceError, match="task_labels"):
        model.adaptation(Unlabelled())
    strategy = strategy_of(Naive, model)
    train(strategy, benchmark(task_labels=False))  # one constant label is task 0
    assert model.known_tasks() == (0,)


def test_task_labels_for_a_model_that_takes_none_and_the_reverse() -> None:
    x = points(3)[0]
    with pytest.raises(TypeError, match=r"M takes no task labels.*`per_task\(\.\.\.\)`"):
        compiled(ONE_HEAD)(x, torch.zeros(len(x), dtype=torch.long))
    with pytest.raises(TypeError, match="M answers by task, but was called without task labels"):
        compiled(PER_TASK)(x)
    assert compiled(PER_TASK)(x, task_labels=0).shape == compiled(ONE_HEAD)(x=x).shape
