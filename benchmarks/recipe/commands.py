"""Every kind of command that the recipe prints, taken on ten tables: a row for each remedy."""

import subprocess
import sys
from pathlib import Path

from tables import COMMANDS, begin, diverged, flags, losses, take

# Runs whose commands are taken: the first, all of them; others for what the first has no command for,
# or another one: another optimiser, and layers whose gradients vanish or explode.
BASES = {
    "first": ([], None),
    "descent": (["train.optimiser=descent"], ["better-optimiser"]),
    "vanishing": (["network.hidden=[8,8,8,8]", "network.initial_scale=0.01"], ["initialisation"]),
    "exploding": (["network.hidden=" + str([32] * 20), "network.initial_scale=8",
                   "network.activation=tanh"], ["initialisation", "clip-gradient"]),
}


def commands(folder, run):
    """The remedies of a run with their commands."""
    words = [COMMANDS, f"runs/{run}"]
    listed = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=True).stdout
    return [line.split("\t") for line in listed.splitlines()]


def chain(folder):
    """Larger and larger networks, as far as there are some."""
    run = "first"
    for number in range(1, 10):
        larger = [command for remedy, command in commands(folder, run) if remedy == "larger-network"]
        if not larger:
            return
        run = f"larger-{number}"
        yield "larger-network", larger[0], run, take(folder, larger[0], run)
        if not (folder / "runs" / run / "report.html").is_file():
            return


def main(data, desk):
    taken = {}
    for table, how in flags(data):
        folder = begin(desk, table, how)
        for base, (sets, remedies) in BASES.items():
            if sets:
                command = "gapwise train runs/first" + "".join(f" --set '{one}'" for one in sets)
                code, said = take(folder, command, base)
                if code:
                    print(f"{table}, {base}: {said}", file=sys.stderr)
                    continue
            for remedy, command in commands(folder, base):
                if remedies and remedy not in remedies:
                    continue
                run = f"{base}-{remedy}"
                taken.setdefault(remedy, []).append((table, command, run, take(folder, command, run)))
        for remedy, command, run, ended in chain(folder):
            taken.setdefault(remedy, []).append((table, command, run, ended))
    print("| remedy | tables | commands | diverged | last train loss / first, worst |")
    print("|---|---|---|---|---|")
    for remedy, steps in sorted(taken.items()):
        bad, worst = [], 0.0
        for table, command, run, (code, said) in steps:
            folder = desk / table
            if code or not (folder / "runs" / run / "history.csv").is_file():
                bad.append((table, command, said.strip().splitlines()[:1]))
                continue
            course = losses(folder, run)
            worst = max(worst, course[-1] / course[0])
            if diverged(course):
                bad.append((table, command, f"{course[0]:.3g} to {course[-1]:.3g}"))
        tables = len({table for table, *_ in steps})
        print(f"| {remedy} | {tables} | {len(steps)} | {len(bad)} | {worst:.2f} |", flush=True)
        for one in bad:
            print(*one, sep=": ", file=sys.stderr)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
