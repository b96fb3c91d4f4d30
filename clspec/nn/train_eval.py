# pyright: standard
"""Two classifiers over the same features: one to train by, one to answer with."""

from __future__ import annotations

from typing import Any, ClassVar

from torch import nn

from clspec.nn.dynamic import DynamicModule


class TrainEvalClassifier(DynamicModule):
    """In train mode what `train_classifier` gives, in eval mode what `eval_classifier` gives; the other is not run.

    Both are called with the same arguments (features, and task labels where they take them) and both adapt, each by its
    own plan. Shapes, dtype and errors are those of the classifier that answers. A frozen one still answers by the mode
    of the whole model.

    iCaRL trains a linear classifier and answers by class means: `TrainEvalClassifier(IncrementalClassifier(64),
    NearestMeanClassifier(64))`; while the features learn, the means have to be fitted afresh (`redraw`, then observe).
    Avalanche has the same idea as TrainEvalModel, there with the feature extractor inside.
    """

    ANSWERS_BY_MODE: ClassVar[bool] = True

    def __init__(self, train_classifier: nn.Module, eval_classifier: nn.Module) -> None:
        super().__init__()
        self.train_classifier, self.eval_classifier = train_classifier, eval_classifier

    def forward(self, *inputs: Any) -> Any:
        return self.train_classifier(*inputs) if self.training else self.eval_classifier(*inputs)
