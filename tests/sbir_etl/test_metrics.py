"""The figures that are followed, and the documents that publish them."""

import importlib
import json
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any, get_type_hints

import pytest

from sbir_etl import metrics
from sbir_etl.lambdas import FUNCTIONS
from sbir_etl.metrics import FAILED, METRICS, SECONDS, Published
from tests.embedded_metrics import assert_is_embedded_metric_format

AT = datetime(2026, 11, 23, 9, 0, 0, 250_000, tzinfo=UTC)


def result_of(step: str) -> dict[str, Any]:
    """A result of the step with a figure for every field that is one."""
    function = getattr(importlib.import_module(f"sbir_etl.steps.{step}"), step)
    kind = get_type_hints(function)["return"]
    return {each.name: 7 for each in fields(kind)}


@pytest.mark.parametrize("step", FUNCTIONS)
def test_every_step_publishes_its_figures_in_the_embedded_metric_format(step: str) -> None:
    document = metrics.document(step, result_of(step), seconds=1.23456, at=AT)
    assert_is_embedded_metric_format(json.loads(json.dumps(document)))
    assert document["_aws"]["Timestamp"] == 1_795_424_400_250
    own = {each.name for each in METRICS if each.step == step}
    assert {each.name for each in metrics.published(document)} == own | {SECONDS.name}


@pytest.mark.parametrize("metric", [each for each in METRICS if each.step], ids=lambda each: each.name)
def test_every_figure_is_a_field_of_its_steps_result(metric: metrics.Metric) -> None:
    assert metric.step in FUNCTIONS
    assert metric.name in result_of(metric.step)


def test_a_figure_that_a_step_has_not_is_not_published() -> None:
    document = metrics.document("enrichment_checks", {"companies": 3, "match_rate": None}, seconds=2, at=AT)
    assert list(metrics.published(document)) == [Published(name="seconds", value=2, step="enrichment_checks")]


def test_seconds_are_published_by_step_and_all_else_without_a_dimension() -> None:
    document = metrics.document("load_neo4j", {"nodes": 5, "relationships": 4}, seconds=2.5, at=AT)
    assert list(metrics.published(document)) == [
        Published(name="seconds", value=2.5, step="load_neo4j"),
        Published(name="nodes", value=5, step=None),
        Published(name="relationships", value=4, step=None),
    ]


def test_a_failed_attempt_is_counted_by_step_beside_the_figures_that_are_known() -> None:
    document = metrics.document("validate_dataset", {"rows": 9}, seconds=2, at=AT, failed=True)
    assert_is_embedded_metric_format(document)
    assert list(metrics.published(document)) == [
        Published(name="seconds", value=2, step="validate_dataset"),
        Published(name=FAILED.name, value=1, step="validate_dataset"),
        Published(name="rows", value=9, step=None),
    ]


def test_a_line_that_is_no_such_document_publishes_nothing() -> None:
    assert list(metrics.published({"message": "step started"})) == []
