"""The figures of a refresh that are followed over the weeks: declared once, published by the functions' last log line.

That line is a document of CloudWatch's Embedded Metric Format, from which CloudWatch makes the metrics by itself. The
local host keeps the same lines, and `published` reads them as CloudWatch does.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

NAMESPACE: Final = "sbir-etl"
STEP: Final = "step"


@dataclass(frozen=True, kw_only=True)
class Metric:
    """`name` is a field of the result of `step`; without a step every step has it, and `step` is its dimension."""

    name: str
    meaning: str
    step: str | None = None
    unit: str = "Count"


SECONDS: Final = Metric(name="seconds", meaning="how long the step took, by step", unit="Seconds")
FAILED: Final = Metric(name="failed", meaning="1 for an attempt that failed, by step")
METRICS: Final = (
    Metric(name="rows", step="validate_dataset", meaning="records of the file"),
    Metric(name="rejected", step="validate_dataset", meaning="records that broke an ERROR rule or could not be read"),
    Metric(name="pass_rate", step="validate_dataset", unit="None", meaning="share of the records without an ERROR"),
    Metric(name="added", step="ingestion_checks", meaning="awards that the live run did not have"),
    Metric(name="changed", step="ingestion_checks", meaning="awards that say something else than in the live run"),
    Metric(name="removed", step="ingestion_checks", meaning="awards of the live run that are gone"),
    Metric(
        name="match_rate",
        step="enrichment_checks",
        unit="None",
        meaning="share of the awards whose company the catalogue knows; none without a catalogue",
    ),
    Metric(name="nodes", step="load_neo4j", meaning="nodes of the graph"),
    Metric(name="relationships", step="load_neo4j", meaning="relationships of the graph"),
    SECONDS,
    FAILED,
)


@dataclass(frozen=True, kw_only=True)
class Published:
    """One value as CloudWatch takes it out of a line; `step` where that is its dimension."""

    name: str
    value: float
    step: str | None


def document(
    step: str, result: Mapping[str, Any], *, seconds: float, at: datetime, failed: bool = False
) -> dict[str, Any]:
    """The members that make a log line of this step publish its metrics; a figure that the step has not is left out."""
    own = {each: result[each.name] for each in METRICS if each.step == step and result.get(each.name) is not None}
    by_step = {SECONDS: round(seconds, 3), **({FAILED: 1} if failed else {})}
    directives = [_directive([STEP], by_step), *([_directive([], own)] if own else [])]
    return {
        "_aws": {"Timestamp": int(at.timestamp() * 1000), "CloudWatchMetrics": directives},
        STEP: step,
        **{metric.name: value for metric, value in (by_step | own).items()},
    }


def _directive(dimensions: list[str], metrics: Iterable[Metric]) -> dict[str, Any]:
    return {
        "Namespace": NAMESPACE,
        "Dimensions": [dimensions],
        "Metrics": [{"Name": each.name, "Unit": each.unit} for each in metrics],
    }


def published(line: Mapping[str, Any]) -> Iterator[Published]:
    """What CloudWatch takes out of a log line; nothing, when it is not such a document."""
    for directive in line.get("_aws", {}).get("CloudWatchMetrics", ()):
        step = line[STEP] if STEP in directive["Dimensions"][0] else None
        for metric in directive["Metrics"]:
            yield Published(name=metric["Name"], value=line[metric["Name"]], step=step)
