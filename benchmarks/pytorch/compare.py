"""Gapwise against PyTorch and ONNX Runtime: checks that they compute the same, times them in turns,
and writes the section "Against PyTorch" of BENCHMARKS.md. Run by `benchmarks/pytorch.sh`."""

import argparse
import datetime
import math
import os
import platform
import select
import statistics
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

from networks import WORKLOADS

HERE = Path(__file__).resolve().parent
BEGIN, END = "<!-- benchmarks/pytorch.sh begins -->", "<!-- benchmarks/pytorch.sh ends -->"
LOSSES = 5
# Largest relative difference of losses, and of logits over the largest of them.
SAME = 1e-4


class Gone(Exception):
    """A worker that ended, or was too slow."""


class Worker:
    """A process that does one workload as it is told."""

    def __init__(self, options, name, side, threads):
        self.side, self.threads = side, threads
        if side == "gapwise":
            command = [options.gapwise, "--threads", str(threads), "bench-worker", name]
        else:
            command = [sys.executable, str(HERE / "worker.py"), name, side, str(threads)]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=options.log, text=True, bufsize=1
        )

    def ask(self, line, limit=300):
        try:
            print(line, file=self.process.stdin, flush=True)
        except BrokenPipeError:
            raise Gone(f"{self.side} ended; see the log") from None
        ready, _, _ = select.select([self.process.stdout], [], [], limit)
        answer = self.process.stdout.readline().strip() if ready else ""
        if not ready:
            self.process.kill()
            raise Gone(f"{self.side} took more than {limit} s")
        if not answer or answer == "?":
            raise Gone(f"{self.side} gave no answer to `{line}`; see the log")
        return [float(number) for number in answer.split()]

    def end(self):
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()


def largest(values):
    """Infinite where any is not a number, which `max` would pass over."""
    values = list(values)
    return max(values) if all(map(math.isfinite, values)) else math.inf


def difference(found, expected):
    """The largest difference over the largest value."""
    assert len(found) == len(expected), (len(found), len(expected))
    scale = largest(map(abs, expected)) or 1.0
    return largest(abs(one - other) for one, other in zip(found, expected)) / scale


class Times:
    """Seconds of one thing, a figure per round."""

    def __init__(self, rounds):
        self.median = statistics.median(rounds)
        quartiles = statistics.quantiles(rounds, n=4) if len(rounds) > 2 else [min(rounds)] * 3
        self.spread = max(quartiles[0], min(rounds)), min(quartiles[2], max(rounds))

    def __str__(self):
        unit, factor = ("ms", 1e3) if self.median >= 1e-3 else ("µs", 1e6)
        low, middle, high = (figures(x * factor) for x in (self.spread[0], self.median, self.spread[1]))
        return f"{middle} {unit} ({low} – {high})"


def figures(value):
    """Three figures that count."""
    places = max(0, 2 - math.floor(math.log10(value))) if value > 0 else 2
    return f"{value:.{places}f}"


def alternate(workers, what, options, share=1.0):
    """Times of each worker, which take turns."""
    times, took = {}, {key: [] for key in workers}
    for key, worker in workers.items():
        worker.ask(f"{what} 2")
        once = worker.ask(f"{what} 1")[0]
        times[key] = max(1, min(5_000, round(options.seconds * share / max(once, 1e-7))))
    for _ in range(options.rounds):
        for key, worker in workers.items():
            # Threads of the one before that spin for a while come to rest.
            time.sleep(0.02)
            took[key].append(worker.ask(f"{what} {times[key]}")[0] / times[key])
    return {key: Times(rounds) for key, rounds in took.items()}


def fastest(options, name, threads):
    """PyTorch at its best: with `torch.compile` where that works and is faster."""
    best = Worker(options, name, "best", threads)
    best.ask("steps 2")
    if options.quick:
        return best, ""
    compiled = Worker(options, name, "compiled", threads)
    try:
        compiled.ask("steps 3", limit=options.compile_seconds)
        each = {key: [] for key in (best, compiled)}
        for _ in range(5):
            for worker, seconds in each.items():
                time.sleep(0.02)
                seconds.append(worker.ask("steps 2")[0])
        if min(each[compiled]) < min(each[best]):
            best.end()
            return compiled, "compiled"
        compiled.end()
        return best, "slower compiled"
    except Gone as gone:
        compiled.end()
        return best, f"not compiled: {gone}"


def measure(options, name):
    threads = options.threads
    row = {"name": name, "notes": []}
    ours, eager = (Worker(options, name, side, threads) for side in ("gapwise", "eager"))
    found, expected = (worker.ask(f"losses {LOSSES}") for worker in (ours, eager))
    row["losses"] = largest(
        abs(one - other) / max(abs(other), 1e-30) for one, other in zip(found, expected)
    )
    row["same"] = row["losses"] <= SAME
    logits = {worker: worker.ask("logits") for worker in (ours, eager)}
    onnx = Worker(options, name, "onnx", threads)
    answering = {"ours": ours, "eager": eager}
    row["logits"] = difference(logits[ours], logits[eager])
    try:
        row["logits"] = max(row["logits"], difference(logits[ours], onnx.ask("logits")))
        answering["onnx"] = onnx
    except Gone as gone:
        row["notes"].append(f"ONNX Runtime: {gone}")
    row["same"] &= row["logits"] <= SAME
    row["answers"] = alternate(answering, "answers", options, 0.4)
    onnx.end()
    best, note = fastest(options, name, threads)
    row["best"] = note
    at_best = best.ask(f"losses {LOSSES}")
    row["losses"] = max(
        row["losses"],
        largest(abs(one - other) / max(abs(other), 1e-30) for one, other in zip(found, at_best)),
    )
    row["same"] &= row["losses"] <= SAME
    row["steps"] = alternate({"ours": ours, "eager": eager, "best": best}, "steps", options)
    for worker in (ours, eager, best):
        worker.end()
    row["memory"] = {}
    for key, side in (("ours", "gapwise"), ("eager", "eager")):
        worker = Worker(options, name, side, threads)
        row["memory"][key] = worker.ask("memory 3")[0]
        worker.end()
    return row


def scaling(options, name):
    """Times of a step on one thread and on two."""
    sides = [("ours", "gapwise"), ("eager", "eager")]
    workers = {
        (key, threads): Worker(options, name, side, threads)
        for key, side in sides
        for threads in (1, 2)
    }
    took = alternate(workers, "steps", options)
    for worker in workers.values():
        worker.end()
    return took


def ratio(one, other):
    return f"{one / other:.2f}"


def mean_speed(rows, other):
    """How many times as fast as the other, the geometric mean."""
    logs = [math.log(row["steps"][other].median / row["steps"]["ours"].median) for row in rows]
    return f"{math.exp(statistics.mean(logs)):.2f}"


def busy():
    """Whether other work goes on: more than a third of a core was wanted in the last minute."""
    return os.getloadavg()[0] > 0.33


def section(options, rows, scaled):
    lines = [
        f"Measured on {datetime.date.today()} by `benchmarks/pytorch.sh`"
        f"{' --quick' if options.quick else ''}: {processor()}, {platform.system()} "
        f"{platform.machine()}, {options.threads} threads each; PyTorch {version('torch')}, "
        f"torchvision {version('torchvision')}, ONNX Runtime {version('onnxruntime')}, Python "
        f"{platform.python_version()}. Sides take turns, {options.rounds} rounds; medians, and "
        "quartiles in parentheses. A ratio is our time over the other's: below 1 we are faster."
        f"{' **Other work went on when it began**, from which PyTorch suffers most.' * options.busy}",
        "",
        "Training step: forward, mean cross-entropy, backward, Adam. PyTorch as users run it is eager "
        "in its default layout with `torch.optim.Adam`; at its best it is in channels last with "
        "Adam fused, and compiled where that works and is faster.",
        "",
        "| workload | batch | ours | PyTorch as users run it | ratio | PyTorch at its best | ratio | compiled |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        ours, eager, best = (row["steps"][key] for key in ("ours", "eager", "best"))
        lines.append(
            f"| {row['name']} | {WORKLOADS[row['name']].batch} | {ours} | {eager} | "
            f"{ratio(ours.median, eager.median)} | {best} | {ratio(ours.median, best.median)} | "
            f"{row['best']} |"
        )
    lines += [
        "",
        f"Geometric mean: {mean_speed(rows, 'eager')} times as fast as PyTorch as users run it, "
        f"{mean_speed(rows, 'best')} times as fast as at its best.",
        "",
        "Prediction of one example: PyTorch eager in `inference_mode`, ONNX Runtime on what "
        "`torch.onnx` exports.",
        "",
        "| workload | ours | PyTorch | ratio | ONNX Runtime | ratio |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        ours, eager, onnx = (row["answers"].get(key) for key in ("ours", "eager", "onnx"))
        ours_to_onnx = ratio(ours.median, onnx.median) if onnx else ""
        lines.append(
            f"| {row['name']} | {ours} | {eager} | {ratio(ours.median, eager.median)} | "
            f"{onnx or 'not exported'} | {ours_to_onnx} |"
        )
    lines += [
        "",
        "Peak memory of three training steps in a fresh process each: the largest resident set, "
        "less that of the process before it had a network (so imports and code are left out). The "
        "losses of five steps and the logits of one example, from the same weights and inputs, differ at "
        "most by so much of PyTorch's value, and of its largest. "
        "Allowed is 1e-4.",
        "",
        "| workload | ours | PyTorch | ratio | losses differ by | logits differ by | the same |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        ours, eager = row["memory"]["ours"], row["memory"]["eager"]
        lines.append(
            f"| {row['name']} | {figures(ours / 2**20)} MiB | {figures(eager / 2**20)} MiB | "
            f"{ratio(ours, eager)} | {row['losses']:.1e} | {row['logits']:.1e} | "
            f"{'yes' if row['same'] else '**no**'} |"
        )
    if scaled:
        lines += [
            "",
            "A training step of ResNet-20 on one thread and on two:",
            "",
            "| | one thread | two threads | times as fast |",
            "|---|---|---|---|",
        ]
        for key, name in (("ours", "ours"), ("eager", "PyTorch as users run it")):
            one, two = scaled[key, 1], scaled[key, 2]
            lines.append(f"| {name} | {one} | {two} | {ratio(one.median, two.median)} |")
    notes = [f"{row['name']}: {note}" for row in rows for note in row["notes"]]
    if notes:
        lines += ["", *[f"- {note}" for note in notes]]
    return "\n".join(lines) + "\n"


def processor():
    with open("/proc/cpuinfo") as lines:
        names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else platform.machine()}, {os.cpu_count()} cores"


def write(path, text):
    page = path.read_text()
    before, begins, rest = page.partition(BEGIN)
    _, ends, after = rest.partition(END)
    if not begins or not ends:
        raise SystemExit(f"{path} has no lines `{BEGIN}` and `{END}`")
    path.write_text(f"{before}{BEGIN}\n{text}{END}{after}")


def main():
    parser = argparse.ArgumentParser(prog="benchmarks/pytorch.sh", description=__doc__)
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD", help="default: all")
    parser.add_argument("--quick", action="store_true", help="3 short rounds, nothing compiled")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, help="default: 9; 3 with --quick")
    parser.add_argument("--seconds", type=float, help="of a round; default: 0.3; 0.1 with --quick")
    parser.add_argument("--compile-seconds", type=float, default=90, help="at most, each")
    parser.add_argument("--write", type=Path, metavar="FILE", help="default for all: BENCHMARKS.md")
    parser.add_argument("--gapwise", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--log", type=Path, required=True, help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.rounds = options.rounds or (3 if options.quick else 9)
    options.seconds = options.seconds or (0.1 if options.quick else 0.3)
    unknown = [name for name in options.workloads if name not in WORKLOADS]
    if unknown:
        raise SystemExit(f"no workload {unknown[0]}: there are {', '.join(WORKLOADS)}")
    if not options.workloads and not options.quick and not options.write:
        options.write = HERE.parent.parent / "BENCHMARKS.md"
    names, rows, scaled = options.workloads or list(WORKLOADS), [], None
    options.busy = busy()
    if options.busy:
        print(
            "warning: this machine is busy; PyTorch's threads wait for each other, and suffer more "
            "from that than ours: end what else is running",
            file=sys.stderr,
        )
    with open(options.log, "w") as options.log:
        for name in names:
            began = time.monotonic()
            row = measure(options, name)
            rows.append(row)
            ours, eager, best = (row["steps"][key].median for key in ("ours", "eager", "best"))
            print(
                f"{name}: step {row['steps']['ours']}, to PyTorch {ratio(ours, eager)}, at its "
                f"best {ratio(ours, best)}; losses differ by {row['losses']:.1e}; "
                f"{time.monotonic() - began:.0f} s",
                file=sys.stderr,
                flush=True,
            )
        if "resnet20" in names and options.threads > 1:
            scaled = scaling(options, "resnet20")
    text = section(options, rows, scaled)
    print(text)
    if not all(row["same"] for row in rows):
        raise SystemExit("not every workload computes the same on both sides: nothing is written")
    if options.write:
        write(options.write, text)


if __name__ == "__main__":
    main()
