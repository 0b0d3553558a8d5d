"""Five printed commands in a row on ten tables, as a user takes them who types each one: what comes of
the validation error of the network that the recipe goes on from, and of its test error."""

import shutil
import sys
from pathlib import Path

from tables import answer, begin, flags, take

STEPS = 5


def error(diagnosis, rung):
    for one in diagnosis["rungs"]:
        if one["kind"] == rung:
            return one["error"]["error"]
    return float("nan")


def walk(folder, first):
    """The runs that were gone on from, with the command that each step took."""
    # What was trained in an earlier walk would be gone on from.
    for earlier in (folder / "runs").glob(f"{first}-*"):
        shutil.rmtree(earlier)
    run, came = first, []
    for number in range(1, STEPS + 1):
        diagnosis = answer(folder, "diagnose", f"runs/{run}")["diagnosis"]
        best = (diagnosis.get("goes_on_from") or {}).get("run", f"runs/{run}")
        step = next((step for step in diagnosis["steps"] if (step["command"] or "").startswith("gapwise train")), None)
        came.append((best, step and step["remedy"]))
        if step is None:
            return came
        run = f"{first}-{number}"
        code, said = take(folder, step["command"], run)
        if code:
            came.append((best, f"{step['remedy']} failed: {said.strip().splitlines()[0]}"))
            return came
    diagnosis = answer(folder, "diagnose", f"runs/{run}")["diagnosis"]
    came.append(((diagnosis.get("goes_on_from") or {}).get("run", f"runs/{run}"), None))
    return came


def figure(value, unit):
    return f"{100 * value:.2f} %" if unit == "%" else f"{value:.4g}"


def main(data, desk):
    print("| table | validation error of the network gone on from, after 0 to 5 commands "
          "| test error, first and last | commands |")
    print("|---|---|---|---|")
    for table, how in flags(data):
        folder = begin(desk, table, how)
        came = walk(folder, "first")
        errors = []
        for best, _ in came:
            diagnosis = answer(folder, "diagnose", best)["diagnosis"]
            errors.append(error(diagnosis, "validation"))
        unit = diagnosis["unit"]
        tests = []
        for run in (came[0][0], came[-1][0]):
            tests.append(error(answer(folder, "evaluate", run, "--test")["diagnosis"], "test"))
        remedies = ", ".join(remedy for _, remedy in came if remedy)
        shown = " ".join(figure(one, unit) for one in errors)
        print(f"| {table} | {shown} | {figure(tests[0], unit)}, {figure(tests[1], unit)} "
              f"| {remedies} |", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
