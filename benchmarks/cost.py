"""What the refresh costs on AWS, with the arithmetic: `python benchmarks/cost.py` prints the tables of docs/aws.md.

CPU seconds and memory are those of the table "Functions" in docs/benchmarks.md. Prices are list prices of us-east-2
in US dollars as of November 2026 (aws.amazon.com/<service>/pricing), without the free tiers, which would cover it all
but alarms and secret.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

BENCHMARKS: Final = Path(__file__).parents[1] / "docs" / "benchmarks.md"
UNCHANGED: Final = "sbir-etl-download-csv, unchanged file"
NOT_WEEKLY: Final = frozenset({UNCHANGED, "sbir-etl-reset-neo4j", "sbir-etl-record-error"})

GB_SECOND: Final = 0.0000133334  # Lambda, arm64
DISK_GB_SECOND: Final = 0.0000000309  # Lambda, beyond 512 MB
REQUEST: Final = 0.20 / 1e6
TRANSITION: Final = 0.025 / 1e3
LOG_GB: Final = 0.50
TRACE: Final = 5 / 1e6
WRITE: Final = 0.005 / 1e3  # S3, and reads:
READ: Final = 0.0004 / 1e3
ALARM, SECRET, METRIC = 0.10, 0.40, 0.30  # a month
STORED_GB, ARCHIVE_GB = 0.023, 0.004  # a month; in Glacier Instant Retrieval after 90 days

MB_OF_ONE_PROCESSOR: Final = 1769
GB_PER_SECOND: Final = 0.1  # to and from S3 and from the source; assumed
DISK_GB: Final = 3.5
WEEKS: Final = 52 / 12
HOURS: Final = 730

ALARMS, SECRETS = 7, 1
WEEKLY_METRICS, METRIC_HOURS = 19, 5  # hours of a month in which they receive data
FRESHNESS: Final = 4 * 365 / 12  # executions a month, and as many hours of its one metric
FRESHNESS_STATES: Final = 2
VINTAGE_GB, RUN_GB, GRAPH_GB = 0.6, 0.1, 0.1


@dataclass(frozen=True, kw_only=True)
class Week:
    """How much of what.

    States are counted in a rehearsed deployment, requests there too (45 writes, 65 reads), with the parts of large
    objects on top; gigabytes are those of the full file.
    """

    states: int
    functions: int
    transferred_gb: float
    log_gb: float
    writes: int
    reads: int


CHANGED: Final = Week(states=11, functions=9, transferred_gb=2.5, log_gb=0.001, writes=150, reads=300)
NO_CHANGE: Final = Week(states=3, functions=1, transferred_gb=0.4, log_gb=0.0002, writes=0, reads=10)


@dataclass(frozen=True)
class Line:
    what: str
    arithmetic: str
    changed: float
    unchanged: float


def measured(text: str) -> Mapping[str, tuple[int, float]]:
    """Memory in MB and CPU seconds by function, from the table of docs/benchmarks.md."""
    rows = re.findall(r"^\| (sbir-etl-[^|]+) \| ([\d,]+) \|[^|]*\|[^|]*\| ([\d.]+) \|", text, flags=re.MULTILINE)
    return {name: (int(memory.replace(",", "")), float(cpu)) for name, memory, cpu in rows}


def seconds(memory_mb: int, cpu: float) -> float:
    """On Lambda, at one thread: below 1,769 MB a function has only a share of a processor."""
    return cpu / min(1, memory_mb / MB_OF_ONE_PROCESSOR)


def lines(functions: Mapping[str, tuple[int, float]]) -> Iterator[Line]:
    """Every item that a week is charged for."""
    weekly = [each for name, each in functions.items() if name not in NOT_WEEKLY]
    both = (weekly, [functions[UNCHANGED]])
    computed = [sum(memory / 1024 * seconds(memory, cpu) for memory, cpu in each) for each in both]
    transfers = [week.transferred_gb / GB_PER_SECOND for week in (CHANGED, NO_CHANGE)]
    busy = [sum(seconds(*one) for one in each) + moved for each, moved in zip(both, transfers, strict=True)]
    yield line("Lambda, computing", "{:.0f} and {:.1f} GB-s × $0.0000133334", computed, GB_SECOND)
    yield line(
        "Lambda, waiting for transfers",
        f"{CHANGED.transferred_gb} and {NO_CHANGE.transferred_gb} GB at 100 MB/s (assumed) × 2 GB: "
        "{:.0f} and {:.0f} GB-s × $0.0000133334",
        [2 * moved for moved in transfers],
        GB_SECOND,
    )
    yield line("Lambda, disk", "3.5 GB × {:.0f} and {:.0f} s × $0.0000000309", busy, DISK_GB * DISK_GB_SECOND)
    yield counted("Lambda, requests", "{} and {} × $0.20 per million", "functions", REQUEST)
    yield counted("state transitions", "{} and {} × $0.025 per 1,000", "states", TRANSITION)
    yield counted("logs", "{} and {} GB × $0.50", "log_gb", LOG_GB)
    yield line("traces", "{} and {} × $5 per million", [1, 1], TRACE)
    yield counted("S3, writes", "{} and {} × $0.005 per 1,000", "writes", WRITE)
    yield counted("S3, reads", "{} and {} × $0.0004 per 1,000", "reads", READ)


def counted(what: str, arithmetic: str, attribute: str, price: float) -> Line:
    return line(what, arithmetic, [getattr(week, attribute) for week in (CHANGED, NO_CHANGE)], price)


def line(what: str, arithmetic: str, amounts: list[float], price: float) -> Line:
    return Line(what, arithmetic.format(*amounts), amounts[0] * price, amounts[1] * price)


def standing() -> Iterator[tuple[str, str, float]]:
    """What a month costs whether anything runs or not."""
    metric_hours = WEEKLY_METRICS * METRIC_HOURS + FRESHNESS
    yield "alarms", f"{ALARMS} × $0.10", ALARMS * ALARM
    yield "secret", f"{SECRETS} × $0.40", SECRETS * SECRET
    yield (
        "custom metrics",
        f"({WEEKLY_METRICS} × {METRIC_HOURS} + {FRESHNESS:.0f}) of {HOURS} hours × $0.30",
        metric_hours / HOURS * METRIC,
    )
    yield (
        "`sbir-etl-freshness`",
        f"{FRESHNESS:.0f} × {FRESHNESS_STATES} transitions × $0.025 per 1,000, and its traces",
        FRESHNESS * (FRESHNESS_STATES * TRANSITION + TRACE),
    )
    yield (
        "a year's vintages",
        f"{VINTAGE_GB} GB × (13 × $0.023 + 39 × $0.004 in Instant Retrieval)",
        VINTAGE_GB * (13 * STORED_GB + 39 * ARCHIVE_GB),
    )
    yield (
        "runs of 400 days, graphs of 30",
        f"(57 × {RUN_GB} + 5 × {GRAPH_GB}) GB × $0.023",
        (57 * RUN_GB + 5 * GRAPH_GB) * STORED_GB,
    )


def tables(benchmarks: str) -> str:
    """Both tables as they stand in docs/aws.md."""
    items = list(lines(measured(benchmarks)))
    changed, unchanged = sum(each.changed for each in items), sum(each.unchanged for each in items)
    rows = [f"| {each.what} | {each.arithmetic} | ${each.changed:.5f} | ${each.unchanged:.5f} |" for each in items]
    months = list(standing())
    month = sum(dollars for _, _, dollars in months)
    text = [
        "| a week | arithmetic | changed | unchanged |",
        "|---|---|---|---|",
        *rows,
        f"| **together** | | **${changed:.4f}** | **${unchanged:.4f}** |",
        "",
        "| a month | arithmetic | |",
        "|---|---|---|",
        *(f"| {what} | {arithmetic} | ${dollars:.3f} |" for what, arithmetic, dollars in months),
        f"| refreshes | 4.33 changed weeks × ${changed:.4f} | ${WEEKS * changed:.3f} |",
        f"| **together** | | **${month + WEEKS * changed:.2f}** |",
    ]
    return "\n".join(text) + "\n"


if __name__ == "__main__":
    print(tables(BENCHMARKS.read_text(encoding="utf-8")))
