"""Writes a prediction table for `gapwise diagnose --predictions` (columns: docs/predictions.md).

    python -m venv venv && venv/bin/pip install numpy==2.4.6 scikit-learn==1.9.1
    venv/bin/python write_table.py tumours.csv

`write_table` is all that a program of your own needs. `scikit_learn` uses it with a classifier;
`from_pytorch` has the lines that a PyTorch network needs, which `--pytorch` runs on the same data
(with `pip install torch`). Every example of train and validation is scored, in evaluation mode and
without augmentation. Leave test rows out until you want to look at them.
"""

import argparse
import csv


def write_table(path, classes, parts):
    """Writes the table.

    classes: names of the classes, in the order of the columns of `probabilities`.
    parts: (split, ids, labels, probabilities) for each split; `labels` are numbers of classes,
        `probabilities` has a row per example that sums to 1.
    """
    with open(path, "w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["id", "split", "label", "prediction", *(f"score:{c}" for c in classes)])
        for split, ids, labels, probabilities in parts:
            for example, label, row in zip(ids, labels, probabilities):
                scores = [f"{score:.4f}" for score in row]
                table.writerow([example, split, classes[label], classes[row.argmax()], *scores])


def data():
    """Tumours as measured under a microscope: 60 % train, 40 % validation."""
    from sklearn.datasets import load_breast_cancer
    from sklearn.model_selection import train_test_split

    found = load_breast_cancer()
    places = range(len(found.target))
    train, validation = train_test_split(
        places, test_size=0.4, random_state=1, stratify=found.target
    )
    return found, train, validation


def scikit_learn(path):
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    found, train, validation = data()
    network = MLPClassifier(hidden_layer_sizes=(64,), max_iter=500, random_state=1)
    network = make_pipeline(StandardScaler(), network)
    network.fit(found.data[train], found.target[train])
    parts = [
        (split, part, found.target[part], network.predict_proba(found.data[part]))
        for split, part in [("train", train), ("validation", validation)]
    ]
    write_table(path, list(found.target_names), parts)


def from_pytorch(network, inputs):
    """The probabilities of a network that answers logits, one row per example."""
    import torch

    network.eval()
    with torch.no_grad():
        return torch.softmax(network(inputs), dim=1).numpy()


def pytorch(path):
    import torch
    from torch import nn

    found, train, validation = data()
    inputs = torch.tensor(found.data, dtype=torch.float32)
    inputs = (inputs - inputs[train].mean(0)) / inputs[train].std(0)
    labels = torch.tensor(found.target)
    torch.manual_seed(1)
    network = nn.Sequential(nn.Linear(30, 64), nn.ReLU(), nn.Linear(64, 2))
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-2)
    for _ in range(200):
        optimiser.zero_grad()
        nn.functional.cross_entropy(network(inputs[train]), labels[train]).backward()
        optimiser.step()
    parts = [
        (split, part, found.target[part], from_pytorch(network, inputs[part]))
        for split, part in [("train", train), ("validation", validation)]
    ]
    write_table(path, list(found.target_names), parts)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("path")
    arguments.add_argument("--pytorch", action="store_true")
    arguments = arguments.parse_args()
    (pytorch if arguments.pytorch else scikit_learn)(arguments.path)
