"""A Hydra configuration makes a model by `_target_: clspec.compile`."""

from __future__ import annotations

import pytest
from hydra.errors import InstantiationException
from hydra.utils import instantiate
from omegaconf import OmegaConf

import clspec

SPEC = """clspec 1
model M(width=16) {
  input features(8)
  backbone trunk = mlp([width])
  head labels = incremental()
}
"""


@pytest.fixture
def spec(tmp_path):
    (tmp_path / "m.clspec").write_text(SPEC)
    return str(tmp_path / "m.clspec")


def test_a_model_with_values_of_the_configuration(spec) -> None:
    config = OmegaConf.create(
        {"width": 24, "model": {"_target_": "clspec.compile", "spec": spec, "params": {"width": "${width}"}, "seed": 3}}
    )
    model = instantiate(config.model)
    assert model.labels.in_features == 24
    assert model.SPEC.parameters["width"] == 24
    again = clspec.compile(spec, params={"width": 24}, seed=3)
    assert all(bool((a == b).all()) for a, b in zip(model.parameters(), again.parameters(), strict=True))


def test_lists_and_interpolation_in_other_arguments(spec) -> None:
    config = OmegaConf.create({"_target_": "clspec.compile", "spec": spec, "allow_imports": ["torch"], "weights": {}})
    assert instantiate(config).labels.in_features == 16


def test_a_stream_of_the_configuration(spec) -> None:
    config = OmegaConf.create({"_target_": "clspec.simulate", "spec": spec})
    config.stream = {"_target_": "clspec.streams.split", "classes": 4, "experiences": 2}
    assert [row["classes"] for row in instantiate(config).to_dict()["experiences"]] == [[0, 1], [2, 3]]


def test_an_error_in_the_spec_reaches_the_user_with_its_place(spec, tmp_path) -> None:
    (tmp_path / "m.clspec").write_text(SPEC.replace("incremental()", "incrementl()"))
    with pytest.raises(InstantiationException, match=r"m\.clspec:5:17: error\[CL110\]"):
        instantiate(OmegaConf.create({"_target_": "clspec.compile", "spec": spec}))
