"""Measures loads into Neo4j: from nothing, unchanged, and a week in which 1 % of the awards differ.

    python benchmarks/neo4j_load.py [--rows 219501] [--run RUN]

RUN is a folder with the awards.parquet, companies.parquet and award_companies.parquet of a run; without it, one is made
from an invented file. The server is a real one on this machine; every load is a process of its own, whose wall time,
processor time and peak memory are taken. Prints a Markdown table.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from data import call

from sbir_etl.awards.sample import write_sample
from sbir_etl.database import connect, quoted
from sbir_etl.graph.figures import compare, expected_figures
from sbir_etl.graph.neo4j import Neo4jConfig, Neo4jGraph
from sbir_etl.graph.sources import opened
from sbir_etl.graph.tables import write_tables

SERVER = Path(__file__).parents[1] / "infrastructure" / "neo4j" / "server.py"
CHANGED, GONE, NEW = 70, 20, 10  # per 10,000 awards


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=219_501)
    parser.add_argument("--run", type=Path, default=None)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="neo4j-load-") as temporary:
        folder = Path(temporary)
        run = chosen.run or made_run(folder, chosen.rows)
        week = next_week(run, folder / "week")
        with serving(folder) as config:
            print("| load | wall s | CPU s | MB | figures asked s | swept s | differences | removed |")
            print("|---|---|---|---|---|---|---|---|", flush=True)
            for number, (name, source) in enumerate((("from nothing", run), ("unchanged", run), ("1 % week", week))):
                measure(name, source, folder / f"tables-{number}", f"run-{number}", config)
    print(f"\nLoad average of the machine at the end: {os.getloadavg()[0]:.1f}")


def made_run(folder: Path, rows: int) -> Path:
    """A first run over an invented file, as far as the graph needs it."""
    write_sample(folder / "sample", rows=rows, seed=2026)
    sources = {"source_url": "sample/award_data.csv", "companies_source": "sample/companies"}
    given = {key: str(folder / path) for key, path in sources.items()}
    downloaded = call("download_csv", folder, {"input": given}).result
    known = {key: downloaded[key] for key in ("vintage", "live_run_id")}
    for step in ("validate_dataset", "profile_inputs", "enrichment_checks"):
        call(step, folder, {"input": given, **known})
    return folder / "storage/runs/benchmark"


@contextmanager
def serving(folder: Path) -> Iterator[Neo4jConfig]:
    command = [sys.executable, str(SERVER), "--home", str(folder / "server"), "--until-stdin-closes"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as script:
        place = json.loads(script.stdout.readline())
        yield Neo4jConfig(uri=place["uri"], user=place["user"], password=place["password"])
        script.stdin.close()


def next_week(run: Path, week: Path) -> Path:
    """The same run with some awards changed, some gone and some new, and no company without an award."""
    week.mkdir()
    chance = "hash(award_id || 'x') % 10000"
    with connect(memory_limit="4GB") as database:
        for name in ("awards", "companies", "award_companies"):
            database.execute(f"CREATE VIEW {name} AS FROM read_parquet({quoted(run / f'{name}.parquet')})")
        selected = {
            "awards": f"""
                SELECT * REPLACE (
                    award_title || CASE WHEN {chance} < {CHANGED} THEN ' (revised)' ELSE '' END AS award_title,
                    CASE WHEN {chance} < {CHANGED} THEN md5(content_hash) ELSE content_hash END AS content_hash)
                FROM awards WHERE {chance} < {10_000 - GONE}
                UNION ALL SELECT * REPLACE (award_id || '+' AS award_id) FROM awards WHERE {chance} < {NEW}""",
            "award_companies": f"""
                FROM award_companies WHERE {chance} < {10_000 - GONE}
                UNION ALL SELECT * REPLACE (award_id || '+' AS award_id) FROM award_companies WHERE {chance} < {NEW}""",
            "companies": f"""
                FROM companies SEMI JOIN (FROM award_companies WHERE {chance} < {10_000 - GONE}) USING (company_id)""",
        }
        for name, query in selected.items():
            database.execute(f"COPY ({query}) TO {quoted(week / f'{name}.parquet')}")
    return week


def measure(name: str, source: Path, tables: Path, run_id: str, config: Neo4jConfig) -> None:
    inputs = {each: source / f"{each}.parquet" for each in ("awards", "companies", "award_companies")}
    with opened(**inputs) as database:
        write_tables(database, tables)
        expected = expected_figures(database, run_id)
    command = [sys.executable, __file__, "load", str(tables), run_id, config.uri, config.password]
    load = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    graph, loaded = f"neo4j:{run_id}", time.monotonic()
    figures = Neo4jGraph(config).figures(graph)
    looked = time.monotonic()
    swept = Neo4jGraph(config).settle(graph)
    settled = time.monotonic()
    costs = f"{load['wall']:.1f} | {load['cpu']:.1f} | {load['mb']} | {looked - loaded:.1f} | {settled - looked:.1f}"
    removed = ", ".join(f"{count:,} {kind}" for kind, count in swept.items() if count) or "nothing"
    print(f"| {name} | {costs} | {len(compare(expected, figures))} | {removed} |", flush=True)


def load(tables: str, run_id: str, uri: str, password: str) -> None:
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        Neo4jGraph(Neo4jConfig(uri=uri, password=password), Path(scratch)).load(Path(tables), run_id)
    # Not ru_maxrss, in which Linux counts what the parent had when it forked.
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    print(json.dumps({"wall": time.monotonic() - started, "cpu": time.process_time(), "mb": int(peak[1]) // 1024}))


if __name__ == "__main__":
    if sys.argv[1:2] == ["load"]:
        load(*sys.argv[2:])
    else:
        main()
