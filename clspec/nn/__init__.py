"""The torch modules that generated code uses, and the engine that adapts them; usable alone, like torch.nn."""

from clspec.growth import Rule, on
from clspec.nn import distributed as distributed  # a module, so not in __all__
from clspec.nn.adapt import adapt, observe, post_adapt
from clspec.nn.as_multitask import as_multitask
from clspec.nn.backbone import Backbone
from clspec.nn.batch_renorm import BatchRenorm
from clspec.nn.compiled import CompiledModel, NestedModule
from clspec.nn.cosine import CosineClassifier
from clspec.nn.dynamic import DynamicModule
from clspec.nn.fecam import FeCAMClassifier
from clspec.nn.generated import load_source
from clspec.nn.growing_head import GrowingHead
from clspec.nn.image_steps import RepeatChannels, Resize
from clspec.nn.incremental import IncrementalClassifier
from clspec.nn.labels import TaskLabels, UnknownTaskError
from clspec.nn.lenet5 import LeNet5
from clspec.nn.merges import Add, Concat, Mean
from clspec.nn.mobilenet_v1 import MobilenetV1
from clspec.nn.multi_head import MultiHeadClassifier
from clspec.nn.multi_task import MultiTaskModule
from clspec.nn.nearest_mean import NearestMeanClassifier
from clspec.nn.normalize import Normalize
from clspec.nn.per_task import PerTask, fresh
from clspec.nn.pretrained import pretrained, pretrained_timm
from clspec.nn.progressive import ProgressiveNetwork
from clspec.nn.report import AdaptationReport
from clspec.nn.residual import Residual
from clspec.nn.resnet32 import ResNet32
from clspec.nn.seeding import seeded
from clspec.nn.sequence_pool import SequenceAvgPool, SequenceMaxPool
from clspec.nn.simple import MLP, SimpleCNN, SimpleMLP
from clspec.nn.slim_resnet18 import SlimResNet18
from clspec.nn.spec_source import SpecSource
from clspec.nn.statistics_head import StatisticsHead
from clspec.nn.streaming_lda import StreamingLDAClassifier
from clspec.nn.tap import Tap
from clspec.nn.train_eval import TrainEvalClassifier
from clspec.nn.weights import WeightsError, load_weights

__all__ = [
    "MLP",
    "AdaptationReport",
    "Add",
    "Backbone",
    "BatchRenorm",
    "CompiledModel",
    "Concat",
    "CosineClassifier",
    "DynamicModule",
    "FeCAMClassifier",
    "GrowingHead",
    "IncrementalClassifier",
    "LeNet5",
    "Mean",
    "MobilenetV1",
    "MultiHeadClassifier",
    "MultiTaskModule",
    "NearestMeanClassifier",
    "NestedModule",
    "Normalize",
    "PerTask",
    "ProgressiveNetwork",
    "RepeatChannels",
    "ResNet32",
    "Residual",
    "Resize",
    "Rule",
    "SequenceAvgPool",
    "SequenceMaxPool",
    "SimpleCNN",
    "SimpleMLP",
    "SlimResNet18",
    "SpecSource",
    "StatisticsHead",
    "StreamingLDAClassifier",
    "Tap",
    "TaskLabels",
    "TrainEvalClassifier",
    "UnknownTaskError",
    "WeightsError",
    "adapt",
    "as_multitask",
    "fresh",
    "load_source",
    "load_weights",
    "observe",
    "on",
    "post_adapt",
    "pretrained",
    "pretrained_timm",
    "seeded",
]
