import subprocess
import sys

import pytest
import torch
from torch.utils.data import DataLoader, Subset, TensorDataset

from clspec.streams import from_dataset, split


def ids(stream):
    return [list(experience.classes) for experience in stream]


def test_class_and_task_incremental():
    stream = split()
    assert ids(stream) == [[0, 1], [2, 3], [4, 5], [6, 7], [8, 9]]
    assert [(e.index, list(e.task_labels)) for e in stream] == [(i, [0]) for i in range(5)]
    tasks = split(6, 3, task_labels=True, class_ids_from_zero=True)
    assert ids(tasks) == [[0, 1]] * 3
    assert [list(e.task_labels) for e in tasks] == [[0], [1], [2]]


def test_orders():
    assert ids(split(4, 2, class_order=[3, 0, 1, 2])) == [[3, 0], [1, 2]]
    shuffled = split(10, 5, shuffle=True, seed=1)
    assert ids(shuffled) == ids(split(10, 5, shuffle=True, seed=1)) != ids(split())
    assert sorted(class_id for part in ids(shuffled) for class_id in part) == list(range(10))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"classes": 10, "experiences": 3}, "10 classes cannot be split evenly into 3 experiences"),
        ({"classes": 0}, "classes must be a positive integer"),
        ({"experiences": True}, "experiences must be a positive integer"),
        ({"class_order": [0, 1]}, "class_order must hold each of the 10 classes once"),
        ({"class_order": list(range(10)), "shuffle": True}, "exclude each other"),
        ({"seed": 3}, "shuffle"),
    ],
)
def test_bad_values(arguments, words):
    with pytest.raises(ValueError, match=words):
        split(**arguments)


def test_over_a_dataset():
    x, y = torch.arange(12.0).unsqueeze(1), torch.tensor([3, 1, 2, 0] * 3)
    data = TensorDataset(x, y)
    plain = from_dataset(data, 2)
    assert isinstance(plain[0].dataset, Subset)
    assert {int(label) for _, label in plain[1].dataset} == {2, 3}
    renumbered = from_dataset(data, 2, task_labels=True, class_ids_from_zero=True, class_order=[3, 2, 1, 0])
    assert ids(renumbered) == [[0, 1], [0, 1]]
    inputs, labels = next(iter(DataLoader(renumbered[0].dataset, batch_size=6)))
    assert labels.tolist() == renumbered[0].dataset.targets == [0 if y[int(i)] == 3 else 1 for i in inputs]
    assert renumbered[0].dataset[0][1] == 0
    listed = from_dataset([(0, 1), (1, 0)], 2)
    assert [list(e.dataset) for e in listed] == [[(1, 0)], [(0, 1)]]


def test_split_needs_no_torch():
    code = "import sys, clspec.streams; clspec.streams.split(); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
