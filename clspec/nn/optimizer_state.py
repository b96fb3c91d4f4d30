# pyright: standard
"""An optimizer's state by the names of parameters: their positions change with growth, their names do not."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import Parameter

from clspec.nn.holdings import check_optimizer
from clspec.nn.wrappers import is_sharded, sharded_like

State = Mapping[str, Any]
"""{"state": {name: {...}}, "param_groups": [{"params": [name, ...], option: value, ...}, ...]}."""

_PER_ELEMENT = frozenset(
    [
        "acc_delta",
        "ax",
        "exp_avg",
        "exp_avg_sq",
        "exp_inf",
        "grad_avg",
        "max_exp_avg_sq",
        "momentum_buffer",
        "prev",
        "square_avg",
        "step_size",
        "sum",
        "variance",
    ]
)
"""What the optimizers of torch.optim keep for each element of a parameter; other tensors have shapes of their own."""


def optimizer_state(optimizer: Any, model: nn.Module) -> dict[str, Any]:
    """What `optimizer.state_dict()` gives, with parameter names where that has positions; tensors are not copied.

    It is the form of `torch.distributed.checkpoint.state_dict`. Raises ValueError where the optimizer holds a parameter
    that is not the model's, TypeError for what is no optimizer.
    """
    check_optimizer(optimizer)
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    held: list[Parameter] = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    strangers = [tuple(parameter.shape) for parameter in held if id(parameter) not in names]
    if strangers:
        raise ValueError(
            f"the optimizer holds {len(strangers)} parameters that are not {type(model).__name__}'s, "
            f"the first of shape {strangers[0]}"
        )
    by_position = [names[id(parameter)] for parameter in held]
    packed = optimizer.state_dict()
    groups = [
        {**entry, "params": [names[id(parameter)] for parameter in group["params"]]}
        for entry, group in zip(packed["param_groups"], optimizer.param_groups, strict=True)
    ]
    return {"state": {by_position[at]: entry for at, entry in packed["state"].items()}, "param_groups": groups}


def load_optimizer_state(optimizer: Any, model: nn.Module, state: State) -> None:
    """Gives an optimizer of `model` the groups, options and state that `optimizer_state` told of; tensors are copied.

    The groups become those of the state, whatever groups the optimizer was built with. Of what belongs to a sharded
    parameter each rank keeps its own part; the state is whole on every rank. Raises ValueError for names that
    are not the model's, values of another shape than their parameter, and where the optimizer holds a parameter that
    the state does not name; then, and on any other error, the optimizer is left as it was.
    """
    check_optimizer(optimizer)
    parameters = dict(model.named_parameters())
    _check(state, parameters, optimizer)
    groups, values = optimizer.param_groups, optimizer.state
    try:
        optimizer.param_groups = [
            {**entry, "params": [parameters[name] for name in entry["params"]]} for entry in state["param_groups"]
        ]
        optimizer.load_state_dict(_by_position(state, parameters))
    except BaseException:
        optimizer.param_groups, optimizer.state = groups, values
        raise


def grouped(model: nn.Module, state: State) -> list[dict[str, Any]]:
    """The state's groups with the model's parameters in them: what an optimizer is built over."""
    parameters = dict(model.named_parameters())
    _check(state, parameters)
    return [
        {**copy.deepcopy(entry), "params": [parameters[name] for name in entry["params"]]}
        for entry in map(dict, state["param_groups"])
    ]


def _by_position(state: State, parameters: Mapping[str, Parameter]) -> dict[str, Any]:
    names = [name for entry in state["param_groups"] for name in entry["params"]]
    position = {name: at for at, name in enumerate(names)}
    return {
        "state": {
            position[name]: {key: _placed(value, parameters[name]) for key, value in entry.items()}
            for name, entry in state["state"].items()
        },
        "param_groups": [
            {**entry, "params": [position[n] for n in entry["params"]]} for entry in state["param_groups"]
        ],
    }


def _placed(value: Any, parameter: Parameter) -> Any:
    """A copy of a value, laid out over the ranks as its parameter is."""
    if is_sharded(parameter) and isinstance(value, Tensor) and value.shape == parameter.shape and not is_sharded(value):
        return sharded_like(value, parameter)
    return copy.deepcopy(value)


def _check(state: State, parameters: Mapping[str, Parameter], optimizer: Any = None) -> None:
    _check_form(state)
    names = [name for entry in state["param_groups"] for name in entry["params"]]
    if any(not isinstance(name, str) for name in names):
        raise ValueError(
            "the state names parameters by position, which growth changes: save it with "
            "clspec.optimizer_state(optimizer, model)"
        )
    unknown = [name for name in [*names, *state["state"]] if name not in parameters]
    if unknown:
        raise ValueError(f"the state is of an optimizer of another model: this one has no parameter {unknown[0]!r}")
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        raise ValueError(f"the state has {twice[0]!r} in more than one place")
    homeless = [name for name in state["state"] if name not in names]
    if homeless:
        raise ValueError(f"the state has values for {homeless[0]!r}, which is in none of its groups")
    if optimizer is None:
        return
    if _is_of_torch(optimizer):
        _check_shapes(state["state"], parameters)
    named = {id(parameters[name]) for name in names}
    spelled = {id(parameter): name for name, parameter in parameters.items()}
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            if id(parameter) not in named:
                name = spelled.get(id(parameter))
                what = (
                    "a parameter that is not the model's"
                    if name is None
                    else f"{name!r}, which the state does not name"
                )
                raise ValueError(f"the optimizer holds {what}")


def _check_form(state: State) -> None:
    for key in ("param_groups", "state"):
        if key not in state:
            raise ValueError(f"the state has no {key!r}: it is none that clspec.optimizer_state gave")
    for at, entry in enumerate(state["param_groups"]):
        if "params" not in entry:
            raise ValueError(f"group {at} of the state has no 'params': it is none that clspec.optimizer_state gave")


def _check_shapes(values: Mapping[str, Mapping[str, Any]], parameters: Mapping[str, Parameter]) -> None:
    for name, entry in values.items():
        for key, value in entry.items():
            if key in _PER_ELEMENT and isinstance(value, Tensor) and value.shape != parameters[name].shape:
                raise ValueError(
                    f"the state of {name!r} does not fit it: {key} of shape {tuple(value.shape)} for a parameter of "
                    f"shape {tuple(parameters[name].shape)}"
                )


def _is_of_torch(optimizer: Any) -> bool:
    """Whether it is one of torch.optim or a subclass of one: others may keep what they like under the same names."""
    kinds = [kind for kind in type(optimizer).__mro__ if kind is not torch.optim.Optimizer]
    return any(getattr(torch.optim, kind.__name__, None) is kind for kind in kinds)
