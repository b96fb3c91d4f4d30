import torch
from avalanche.models import IncrementalClassifier, NCMClassifier, TrainEvalModel
from avalanche.training.plugins.update_ncm import compute_class_means
from torch import nn

from clspec import nn as cl

from .pairs import adapt, copy_features, same, stream


def test_one_head_to_train_by_and_one_to_answer_with():
    body = nn.Sequential(nn.Flatten(), nn.Linear(4, 5))
    theirs = TrainEvalModel(body, IncrementalClassifier(5), NCMClassifier())
    ours = nn.Sequential(
        nn.Sequential(nn.Flatten(), nn.Linear(4, 5)),
        cl.TrainEvalClassifier(cl.IncrementalClassifier(5), cl.NearestMeanClassifier(5)),
    )
    copy_features(body, ours[0])
    for experience in stream(shape=(4,)):
        adapt(theirs.train_classifier, ours[1].train_classifier, experience)
        ours[1].eval_classifier.adaptation(experience)
        theirs.eval_classifier.update_class_means_dict(
            compute_class_means(theirs, experience.dataset, 4, normalize=True, device="cpu")
        )
        x, y = (
            torch.stack(part) for part in zip(*[(x, torch.tensor(y)) for x, y, _ in experience.dataset], strict=True)
        )
        with torch.no_grad():
            ours[1].eval_classifier.observe(ours[0](x), y)
        same(theirs.train(), ours.train(), x)
        same(theirs.eval(), ours.eval(), x)
        theirs.train(), ours.train()
