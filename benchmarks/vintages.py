"""Two vintages whose differences are known: what a refresh reports as added, changed and removed is exactly those.

    python benchmarks/vintages.py [--rows 219501]

The generator writes a file and the one that might follow it some months later, and knows what it did. A third file has
the second one's awards in the opposite order and with other line ends. Each is downloaded, validated and compared with
the one before. Prints a table per comparison: what was done, and what was reported; ends with an error where they
differ.
"""

import argparse
import csv
import io
import json
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from data import call

from sbir_etl import vintages
from sbir_etl.awards.sample import Mutations, write_sample
from sbir_etl.local import open_workspace
from sbir_etl.storage import open_storage


@dataclass(frozen=True)
class Week:
    """A file, and the run that refreshes from it."""

    run_id: str
    award_data: Path


def refreshed(workspace: Path, week: Week, live: str | None) -> dict[str, Any]:
    """The summary of the changes against the run `live`, from a refresh up to IngestionChecks; the run is live then."""
    given = {"source_url": str(week.award_data)}
    downloaded = call("download_csv", workspace, {"input": given}, run_id=week.run_id).result
    known = {"vintage": downloaded["vintage"], "live_run_id": live}
    for name in ("validate_dataset", "ingestion_checks"):
        call(name, workspace, {"input": given, **known}, run_id=week.run_id)
    storage = open_storage(open_workspace(workspace).environment()["SBIR_ETL_STORAGE"])
    current = vintages.Current(
        vintage=downloaded["vintage"], run_id=week.run_id, rows=0, graph="none", advanced_at=datetime.now(UTC)
    )
    vintages.advance(storage, current, after=live)
    summary: dict[str, Any] = json.loads(storage.read(f"runs/{week.run_id}/changes.json"))
    return summary


def turned(source: Path, target: Path) -> Path:
    """Write the records of `source` in the opposite order, each with the line end that `source` has not."""
    with source.open(encoding="utf-8", newline="") as stream:
        header, *rows = (_rendered(row) for row in csv.reader(stream, strict=True))
    with target.open("w", encoding="utf-8", newline="") as out:
        out.writelines([header, *reversed(rows)])
    return target


def _rendered(row: list[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(row)
    return text.getvalue()


def expected(mutations: Mutations | None) -> dict[str, int]:
    """What a comparison must report, figure by figure; without mutations nothing."""
    if mutations is None:
        return dict.fromkeys(("added", "removed", "changed", "cosmetic"), 0)
    figures = {"added": mutations.added, "removed": mutations.removed, "changed": mutations.changed}
    return {**figures, "cosmetic": mutations.rewritten, **mutations.by_field}


def compared(title: str, wanted: Mapping[str, int], summary: Mapping[str, Any]) -> bool:
    """Print both side by side; whether they are equal, and no other field is reported."""
    found = {**{name: summary[name] for name in ("added", "removed", "changed", "cosmetic")}, **summary["by_field"]}
    sys.stdout.write(f"\n| {title} | done | reported |\n|---|---|---|\n")
    for name in {**wanted, **found}:
        sys.stdout.write(f"| {name} | {wanted.get(name, 0):,} | {found.get(name, 0):,} |\n")
    sys.stdout.write(f"| unchanged | | {summary['unchanged']:,} |\n")
    return dict(wanted) == found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=219_501)
    rows = parser.parse_args().rows
    csv.field_size_limit(1 << 24)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        workspace = folder / "workspace"
        first = write_sample(folder / "first", rows=rows, seed=2026)
        second = write_sample(folder / "second", rows=rows, seed=2027, next_vintage_of=first.awards_path)
        third = turned(second.awards_path, folder / "third.csv")
        refreshed(workspace, Week("first", first.awards_path), None)
        later = refreshed(workspace, Week("second", second.awards_path), "first")
        same = refreshed(workspace, Week("third", third), "second")
        exact = compared(f"{first.rows:,} rows, then the next vintage", expected(second.mutations), later)
        silent = compared("the same in another order, with other line ends", expected(None), same)
    if not (exact and silent):
        sys.exit("what was reported is not what was done")


if __name__ == "__main__":
    main()
