"""The torch modules that generated code uses, and the engine that adapts them; usable alone, like torch.nn."""

from clspec.growth import Rule, on
from clspec.nn.adapt import adapt
from clspec.nn.as_multitask import as_multitask
from clspec.nn.backbone import Backbone
from clspec.nn.compiled import CompiledModel, NestedModule
from clspec.nn.dynamic import DynamicModule
from clspec.nn.generated import load_source
from clspec.nn.growing_head import GrowingHead
from clspec.nn.incremental import IncrementalClassifier
from clspec.nn.labels import TaskLabels, UnknownTaskError
from clspec.nn.multi_head import MultiHeadClassifier
from clspec.nn.multi_task import MultiTaskModule
from clspec.nn.per_task import PerTask
from clspec.nn.report import AdaptationReport
from clspec.nn.seeding import seeded
from clspec.nn.simple import MLP, SimpleCNN, SimpleMLP

__all__ = [
    "MLP",
    "AdaptationReport",
    "Backbone",
    "CompiledModel",
    "DynamicModule",
    "GrowingHead",
    "IncrementalClassifier",
    "MultiHeadClassifier",
    "MultiTaskModule",
    "NestedModule",
    "PerTask",
    "Rule",
    "SimpleCNN",
    "SimpleMLP",
    "TaskLabels",
    "UnknownTaskError",
    "adapt",
    "as_multitask",
    "load_source",
    "on",
    "seeded",
]
