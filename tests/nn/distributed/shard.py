"""A model in `fully_shard` is refused with a recipe, and the recipe grows it."""

import sys
from pathlib import Path

import torch
from ranks import alike, raised, run
from torch import nn
from torch.distributed.checkpoint.state_dict import StateDictOptions, get_model_state_dict
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard

import clspec
from clspec.experience import Experience
from clspec.nn import IncrementalClassifier
from clspec.nn.distributed import synchronize
from clspec.nn.wrappers import whole

TEXT = """clspec 1
model Net {
    input features(4)
    neck body = [linear(6), batch_norm(), relu()]
    head h = incremental(reserve=4)
    freeze body until 1
}
"""
FOLDER = Path(sys.argv[1])


def on_both(model):
    return fully_shard(model, mesh=init_device_mesh("cpu", (2,)))


def step(model, optimizer, number):
    x = torch.randn(6, 4, generator=torch.Generator().manual_seed(number))  # the same on both: as if on one
    optimizer.zero_grad()
    model(x).clamp(min=-5).square().mean().backward()
    optimizer.step()


def the_recipe_goes_on_as_one_process_does(rank):
    spec = clspec.parse_string(TEXT)
    path = FOLDER / "model.safetensors"
    first, second = Experience([0, 1, 2], index=0), Experience([5, 3], index=1)
    alone, model = clspec.compile(spec, seed=1), clspec.compile(spec, seed=1)
    for each in (alone, model):
        each.adaptation(first)
    on_both(model)
    optimizers = [torch.optim.Adam(each.parameters(), lr=0.05) for each in (alone, model)]
    for each, optimizer in zip((alone, model), optimizers, strict=True):
        step(each, optimizer, 0)
    alone.adaptation(second, optimizers[0])

    model.train()  # puts nothing in the place of sharded parameters
    optimizer, experience = optimizers[1], synchronize(Experience([5 - 2 * rank], index=1))
    said = raised(RuntimeError, lambda: model.adaptation(experience, optimizer)).splitlines()
    assert "has sharded parameters" in said[0] and "Save, grow, shard, load:" in said[0]
    names = {"clspec": clspec, "model": model, "optimizer": optimizer, "experience": experience, "path": path}
    names |= {"fully_shard": on_both, "Adam": torch.optim.Adam}
    exec("\n".join(line.strip() for line in said[1:]), names)  # as it is printed
    model, optimizer = names["model"], names["optimizer"]
    for number in (1, 2):
        step(alone, optimizers[0], number)
        step(model, optimizer, number)
    assert [c for _, _, c, _ in model.class_map()] == [0, 1, 2, 3, 5]
    told, kept = (
        clspec.optimizer_state(optimizer, model)["state"],
        clspec.optimizer_state(optimizers[0], alone)["state"],
    )
    assert told.keys() == kept.keys()
    for name, parameter in alone.named_parameters():
        torch.testing.assert_close(whole(dict(model.named_parameters())[name]), parameter)
        for key, value in kept.get(name, {}).items():
            torch.testing.assert_close(whole(told[name][key]), value)
    clspec.save_checkpoint(model, FOLDER / "grown.safetensors", optimizer)
    if rank == 0:
        torch.save(alone.state_dict(), FOLDER / "alone.pt")


def the_recipe_for_a_module_of_ones_own(rank):
    def made():
        return nn.Sequential(nn.Linear(4, 6), IncrementalClassifier(6))

    model = on_both(made())
    said = raised(RuntimeError, lambda: clspec.adapt(model, Experience([rank, 4])))
    assert "has sharded parameters" in said
    state = get_model_state_dict(model, options=StateDictOptions(full_state_dict=True))
    fresh = made()
    fresh.load_state_dict(state)
    clspec.adapt(fresh, synchronize(Experience([rank, 4])))
    assert alike(*fresh.parameters())
    grown = on_both(fresh)
    assert grown(torch.zeros(2, 4)).shape == (2, 5)
    assert "has sharded parameters" in raised(RuntimeError, grown[1].merge_generations)


run(the_recipe_goes_on_as_one_process_does, the_recipe_for_a_module_of_ones_own)
