"""The ten tables that the recipe is judged on, and how a command is typed."""

import csv
import json
import math
import os
import shlex
import shutil
import subprocess
from pathlib import Path

TABLES = ["auto_imports", "german", "horse-colic", "housing", "ionosphere", "mpg", "phoneme",
          "planets", "taxis", "tips"]
GAPWISE = os.environ["GAPWISE"]
COMMANDS = os.environ["COMMANDS"]


def flags(data):
    """For each table, how it is read; labels by number are columns without a header."""
    with open(data / "manifest.csv") as file:
        for row in csv.DictReader(file):
            name = row["file"].removesuffix(".csv")
            if name in TABLES:
                header = "--header" if row["header"] == "yes" else "--no-header"
                task = "classification" if row["task"] == "class" else "regression"
                ignored = [f"--ignore={column}" for column in row["ignore"].split()]
                how = ["--label", row["label"], "--task", task, header, *ignored]
                yield name, [str(data / row["file"]), *how]


def typed(words, desk):
    """What a command says and how it ends."""
    done = subprocess.run(words, cwd=desk, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout + done.stderr


def gapwise(desk, *words):
    code, said = typed([GAPWISE, *words], desk)
    if code:
        raise SystemExit(f"{shlex.join(words)}: {said}")
    return said


def answer(desk, *words):
    done = subprocess.run([GAPWISE, *words, "--json", "-q"], cwd=desk, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{shlex.join(words)}: {done.stderr}")
    return json.loads(done.stdout)


def begin(desk, table, how):
    """The first run on a table, `first` in a folder of its own."""
    folder = desk / table
    folder.mkdir(parents=True, exist_ok=True)
    first = folder / "runs" / "first"
    if not (first / "report.html").is_file():
        shutil.rmtree(first, ignore_errors=True)
        gapwise(folder, "run", *how, "--human", "0", "-q", "-o", "runs/first")
    return folder


def take(folder, command, run):
    """Types a printed command, which makes `runs/RUN`, unless it was typed before."""
    if not (folder / "runs" / run / "report.html").is_file():
        shutil.rmtree(folder / "runs" / run, ignore_errors=True)
        words = [GAPWISE, *shlex.split(command)[1:], "-q", "-o", f"runs/{run}"]
        return typed(words, folder)
    return 0, ""


def losses(folder, run):
    """The train losses of a run, an epoch each; those of validation where training says nothing."""
    with open(folder / "runs" / run / "history.csv") as file:
        return [float(row["train_loss"]) for row in csv.DictReader(file)]


def diverged(losses):
    """Whether a course of losses left for good: no number, or the end above ten times the start."""
    return any(not math.isfinite(loss) for loss in losses) or losses[-1] > 10 * losses[0]
