import copy
import pickle

import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode

from clspec.nn.derived import Derived


def test_it_is_computed_once_and_anew_after_every_change():
    holder, derived, computed = nn.Module(), Derived(), []
    holder.register_buffer("values", torch.arange(3.0))

    def total():
        computed.append(holder.values.sum().item())
        return computed[-1]

    def ask():
        return derived.of(holder.buffers(), total)

    assert [ask(), ask()] == [3, 3]
    assert computed == [3]
    for change in (
        lambda: holder.values.add_(1),
        lambda: holder.load_state_dict({"values": torch.ones(3)}),
        lambda: holder.load_state_dict({"values": torch.zeros(3)}, assign=True),
        holder.double,
        lambda: holder.register_buffer("more", torch.ones(1)),
    ):
        computed.clear()
        change()
        assert [ask(), ask()] == [holder.values.sum().item()] * 2
        assert len(computed) == 1


def test_copies_and_pickles_start_empty():
    derived, values = Derived(), torch.ones(2)
    assert derived.of([values], lambda: "kept") == "kept"
    for one in (copy.deepcopy(derived), pickle.loads(pickle.dumps(derived))):
        assert one.of([values], lambda: "anew") == "anew"


def test_nothing_is_kept_from_tensors_that_do_not_count_their_writes():
    derived = Derived()
    with torch.inference_mode():
        values = torch.ones(2)
    assert [derived.of([values], lambda: 1), derived.of([values], lambda: 2)] == [1, 2]


def test_nothing_is_kept_that_means_nothing_outside_what_is_running():
    derived, values = Derived(), torch.ones(2)
    with FakeTensorMode(allow_non_fake_inputs=True):
        derived.of([values], lambda: (values + 1, "and more"))
    assert type(derived.of([values], lambda: (values + 1, "and more"))[0]) is torch.Tensor
