"""What a refresh of the full file costs, step by step: CPU seconds, wall seconds and peak memory of each process.

    python benchmarks/data.py [--rows 219501] [--rounds 3] [--workspace DIR]

Every step runs in a process of its own, as in Lambda, with the payload the state machine would send. Two floors are
measured in the same run: counting the records with csv.reader, and scanning all columns with DuckDB. Of each process
the round with the median CPU is shown: machines that are shared differ by a fifth from minute to minute. Absolute times
belong to the machine; compare the ratios. Prints a Markdown table.
"""

import argparse
import csv
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sbir_etl.awards.sample import write_sample
from sbir_etl.local import open_workspace

EXECUTION = {"id": "arn:aws:states:::execution:benchmark", "started_at": "2026-11-23T09:00:00Z"}

CSV_READER = """
import csv, sys
with open(sys.argv[1], newline="", encoding="utf-8") as file:
    print(sum(1 for _ in csv.reader(file)) - 1)
"""
DUCKDB_SCAN = """
import csv, duckdb, sys
with open(sys.argv[1], newline="", encoding="utf-8") as file:
    columns = {name: "VARCHAR" for name in next(csv.reader(file))}
connection = duckdb.connect()
connection.execute("SET threads = 2")
scan = "SELECT count(*), sum(length(COLUMNS(*))) FROM read_csv(?, columns = ?, header = true, auto_detect = false, "
scan += "delim = ',', quote = '\\"', escape = '\\"', max_line_size = 2000000)"
print(connection.execute(scan, [sys.argv[1], columns]).fetchone()[0])
"""
INVOKE = Path(__file__).with_name("invoke.py")


@dataclass(frozen=True)
class Cost:
    """Of one process with all its threads; memory in MB."""

    name: str
    cpu: float
    wall: float
    peak: float
    result: Any = None

    def row(self) -> str:
        return f"| {self.name} | {self.cpu:.2f} | {self.wall:.2f} | {self.peak:.0f} |"


@dataclass(frozen=True)
class Code:
    """Whose code runs the steps: the command of a Python, and the environment in which it finds them."""

    python: tuple[str, ...]
    environment: Mapping[str, str]


CHECKOUT = Code((sys.executable,), os.environ)


def measured(name: str, arguments: list[str], environment: Mapping[str, str] | None = None) -> Cost:
    """Run a process to its end and take the operating system's own account of it."""
    begun = time.monotonic()
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(arguments, stdout=output, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.monotonic() - begun
        if process.returncode:
            sys.exit(f"{name} failed with {process.returncode}")
        output.seek(0)
        text = output.read().decode()
    return Cost(name, usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024, text)


def call(
    name: str, workspace: Path, payload: dict[str, Any], code: Code = CHECKOUT, *, run_id: str = "benchmark"
) -> Cost:
    """One step through the function that the Lambda runtime calls, from the interpreter's start to its end."""
    event = {"execution": {**EXECUTION, "name": run_id, "state": name, "attempt": 0}, **payload}
    environment = {**code.environment, **open_workspace(workspace).environment()}
    cost = measured(name, [*code.python, str(INVOKE), name, json.dumps(event)], environment)
    return Cost(cost.name, cost.cpu, cost.wall, cost.peak, json.loads(cost.result))


def steps(workspace: Path, sample: Path, code: Code = CHECKOUT) -> list[Cost]:
    """Every step of a changed week, in order, then the download of an unchanged one."""

    def step(name: str, **payload: object) -> Cost:
        return call(name, workspace, payload, code)

    given = {"source_url": str(sample / "award_data.csv"), "companies_source": str(sample / "companies")}
    costs = [step("download_csv", input=given)]
    known = {key: costs[0].result[key] for key in ("vintage", "live_run_id")}
    names = ("validate_dataset", "profile_inputs", "ingestion_checks", "enrichment_checks", "load_neo4j")
    costs += [step(name, input=given, **known) for name in names]
    graph = costs[-1].result["graph"]
    costs.append(step("smoke_checks", input=given, **known, graph=graph))
    costs.append(step("create_pr", input=given, **known))
    unchanged = step("download_csv", input=given)
    assert unchanged.result["changed"] is False
    return [*costs, Cost("download_csv, unchanged", unchanged.cpu, unchanged.wall, unchanged.peak)]


def whole(workspace: Path, sample: Path) -> Cost:
    """The whole execution with engine, host and functions; the peak is the largest process's."""
    begun, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "sbir_etl", "refresh", "--json", "--workspace", str(workspace)]
    source = ["--source", str(sample / "award_data.csv"), "--companies", str(sample / "companies")]
    subprocess.run([*command, *source], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost("whole execution", cpu, time.monotonic() - begun, after.ru_maxrss / 1024)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=219_501)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workspace", type=Path, default=None)
    parser.add_argument("--sample", type=Path, default=None, help="an existing sample folder to use")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        root = chosen.workspace or Path(temporary)
        sample = chosen.sample or root / "sample"
        if not (sample / "award_data.csv").exists():
            write_sample(sample, rows=chosen.rows, seed=2026)
        report(root, sample, chosen.rounds)


def report(root: Path, sample: Path, rounds: int) -> None:
    """Measure all of it and print the table."""
    award_data = sample / "award_data.csv"
    sys.stdout.write(
        f"{award_data.stat().st_size:,} bytes, {rounds} rounds\n\n"
        "| process | CPU s | wall s | peak MB |\n|---|---|---|---|\n"
    )
    measurements: list[Callable[[Path], list[Cost]]] = [
        lambda _: [measured("floor: csv.reader counts", [sys.executable, "-c", CSV_READER, str(award_data)])],
        lambda _: [measured("floor: DuckDB scans all columns", [sys.executable, "-c", DUCKDB_SCAN, str(award_data)])],
        lambda folder: _with_total(steps(folder, sample)),
        lambda folder: [whole(folder, sample)],
    ]
    for number, measurement in enumerate(measurements):
        for cost in _medians([_in_new_folder(root / f"{number}-{place}", measurement) for place in range(rounds)]):
            sys.stdout.write(cost.row() + "\n")


def _in_new_folder(folder: Path, measurement: Callable[[Path], list[Cost]]) -> list[Cost]:
    costs = measurement(folder)
    shutil.rmtree(folder, ignore_errors=True)
    return costs


def _with_total(costs: list[Cost]) -> list[Cost]:
    data = costs[:5]
    total = Cost(
        "download to enrichment",
        sum(cost.cpu for cost in data),
        sum(cost.wall for cost in data),
        max(cost.peak for cost in data),
    )
    return [*costs, total]


def _medians(rounds: list[list[Cost]]) -> list[Cost]:
    return [sorted(costs, key=lambda cost: cost.cpu)[len(costs) // 2] for costs in zip(*rounds, strict=True)]


if __name__ == "__main__":
    csv.field_size_limit(1 << 24)
    main()
