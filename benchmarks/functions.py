"""What each Lambda function costs, run from the contents of the zip: its cold import, CPU seconds and peak memory.

    python benchmarks/functions.py [--rows 219501] [--sample DIR]

The zip's contents are built for this machine and run by a Python of Lambda's version, where there is one, which sees
nothing else. Prints the table "Functions" of docs/benchmarks.md; `python benchmarks/cost.py` makes the costs of it.

- cold import: the interpreter's start and what the handler's module imports, with the zip's bytecode and without any.
- CPU and wall seconds, and peak: of a whole process for one call, so a cold start, its imports and the step itself.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from data import Code, Cost, call, measured, steps

from sbir_etl.awards.sample import write_sample
from sbir_etl.lambdas import FUNCTIONS

sys.path.insert(0, str(Path(__file__).parents[1] / "infrastructure" / "cdk"))
import package

FAILURE = {"failed_state": "LoadNeo4j", "failed_attempt": 3, "error": {"Error": "GateFailed", "Cause": "{}"}}
TRIES = 3


def unpacked(folder: Path) -> Code:
    """The zip's contents in `folder`, as they are on Lambda: nothing else is installed, and the disk is read-only."""
    interpreter, target = package.local()
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        package.build(folder, **target)
    # -S: not what is installed for this Python. -P: not this folder. -B: no bytecode is written.
    return Code(
        (str(interpreter), "-S", "-P", "-B"), {"PYTHONPATH": str(folder), "PATH": os.environ["PATH"], "HOME": "/tmp"}
    )


def cold_import(step: str, code: Code, *, bytecode: bool) -> float:
    """CPU seconds, the least of a few tries."""
    script = f"import sbir_etl.lambdas; sbir_etl.lambdas.{step}"
    # With another place for bytecode, where there is none, that of the zip is not looked at.
    environment = code.environment if bytecode else {**code.environment, "PYTHONPYCACHEPREFIX": "/nonexistent"}
    return min(measured(step, [*code.python, "-c", script], environment).cpu for _ in range(TRIES))


def every_step(workspace: Path, sample: Path, code: Code) -> dict[str, Cost]:
    """One call of each function; the download of an unchanged file under its own name."""
    costs = {cost.name: cost for cost in steps(workspace, sample, code)}
    given = {"source_url": str(sample / "award_data.csv")}
    known = {key: costs["download_csv"].result[key] for key in ("vintage", "live_run_id")}
    costs["reset_neo4j"] = call("reset_neo4j", workspace, {"input": given, **known}, code)
    costs["record_error"] = call("record_error", workspace, {"input": given, **FAILURE}, code)
    return costs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=219_501)
    parser.add_argument("--sample", type=Path, default=None, help="an existing sample folder to use")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        code = unpacked(Path(temporary) / "zip")
        sample = chosen.sample or Path(temporary) / "sample"
        if not (sample / "award_data.csv").exists():
            write_sample(sample, rows=chosen.rows, seed=2026)
        size = package.unzipped_bytes(Path(temporary) / "zip") / 1e6
        print(f"{size:.0f} MB unzipped for this machine; {sample / 'award_data.csv'}\n")
        print(
            "| function | memory MB | cold import s | without bytecode s | CPU s | wall s | peak MB |\n"
            + "|---" * 7
            + "|"
        )
        costs = every_step(Path(temporary) / "workspace", sample, code)
        for function in FUNCTIONS.values():
            imports = [cold_import(function.step, code, bytecode=bytecode) for bytecode in (True, False)]
            print(row(function.name, function.memory_mb, imports, costs[function.step]))
        download = FUNCTIONS["download_csv"]
        print(row(f"{download.name}, unchanged file", download.memory_mb, None, costs["download_csv, unchanged"]))


def row(name: str, memory_mb: int, imports: list[float] | None, cost: Cost) -> str:
    taken = [f"{seconds:.2f}" for seconds in imports] if imports else ["", ""]
    return f"| {name} | {memory_mb:,} | {taken[0]} | {taken[1]} | {cost.cpu:.2f} | {cost.wall:.2f} | {cost.peak:.0f} |"


if __name__ == "__main__":
    main()
