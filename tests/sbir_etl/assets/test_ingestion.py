"""IngestionChecks: the changes are materialised behind the checks of the awards, and errors keep their kind."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from sbir_etl import artefacts
from sbir_etl.errors import GateFailed, MissingObject
from sbir_etl.refresh import Refresh, VintageRequest
from sbir_etl.settings import Thresholds
from sbir_etl.steps.ingestion_checks import ingestion_checks

Rewrite = Callable[[str, str], None]


def document(refresh: Refresh, name: str) -> dict[str, object]:
    content: dict[str, object] = json.loads(refresh.storage.read(refresh.artefact(name)))
    return content


def test_awards_that_hold_what_they_must_are_compared_with_the_live_run(
    refresh: Refresh, request_: VintageRequest
) -> None:
    ingested = ingestion_checks(refresh, request_)
    assert (ingested.checks, ingested.changed, ingested.removed) == (6, 0, 0)
    assert ingested.added > 0
    assert document(refresh, artefacts.CHANGE_SUMMARY)["added"] == ingested.added
    assert refresh.fetch(artefacts.CHANGES).exists()
    again = ingestion_checks(refresh, replace(request_, live_run_id="run-1"))
    assert (again.added, again.removed) == (0, 0)


def test_a_live_run_that_was_tidied_away_counts_as_none(refresh: Refresh, request_: VintageRequest) -> None:
    ingested = ingestion_checks(refresh, replace(request_, live_run_id="long-ago"))
    assert ingested.added > 0
    assert document(refresh, artefacts.CHANGE_SUMMARY)["against"] is None


@pytest.mark.parametrize(
    ("check", "select"),
    [
        ("there_are_awards", "SELECT * FROM it WHERE false"),
        ("every_readable_row_is_accounted_for", "SELECT * FROM it ORDER BY row_number LIMIT 100"),
        ("award_ids_are_unique", "SELECT * REPLACE ('one' AS award_id) FROM it"),
        ("identifiers_are_still_text", "SELECT * REPLACE (ltrim(duns, '0') AS duns, ltrim(zip, '0') AS zip) FROM it"),
        ("research_institutions_belong_to_sttr", "SELECT * REPLACE ('MIT' AS ri_name) FROM it"),
        ("award_years_are_fiscal_years", "SELECT * REPLACE (award_year_number - 1 AS award_year_number) FROM it"),
    ],
)
def test_a_check_that_does_not_hold_stops_the_run_before_the_changes(
    refresh: Refresh, request_: VintageRequest, rewrite: Rewrite, check: str, select: str
) -> None:
    rewrite(artefacts.AWARDS, select)
    with pytest.raises(GateFailed, match=rf"{check}: .+, wanted "):
        ingestion_checks(refresh, request_)
    verdicts = artefacts.read_document(refresh, artefacts.INGESTION, artefacts.Ingestion).verdicts
    assert not {verdict.check: verdict.passed for verdict in verdicts}[check]
    with pytest.raises(MissingObject):
        refresh.fetch(artefacts.CHANGES)


def test_every_check_that_does_not_hold_is_named(refresh: Refresh, request_: VintageRequest, rewrite: Rewrite) -> None:
    rewrite(artefacts.AWARDS, "SELECT * REPLACE ('one' AS award_id, 'MIT' AS ri_name) FROM it")
    with pytest.raises(GateFailed, match=r"award_ids_are_unique: .*; research_institutions_belong_to_sttr: "):
        ingestion_checks(refresh, request_)


def limited(refresh: Refresh, thresholds: Thresholds) -> Refresh:
    return replace(refresh, settings=replace(refresh.settings, thresholds=thresholds))


def test_the_limits_of_the_checks_are_settings(refresh: Refresh, request_: VintageRequest, rewrite: Rewrite) -> None:
    with pytest.raises(GateFailed, match=r"award_years_are_fiscal_years: .*, wanted at least 100%"):
        ingestion_checks(limited(refresh, Thresholds(min_fiscal_year_agreement=1)), request_)
    rewrite(artefacts.AWARDS, "SELECT * REPLACE ('MIT' AS ri_name, award_year_number - 1 AS award_year_number) FROM it")
    lenient = Thresholds(max_institution_mismatch=1, min_fiscal_year_agreement=0)
    assert ingestion_checks(limited(refresh, lenient), request_).checks == 6


def test_what_an_asset_or_a_check_raises_keeps_its_kind(
    another_run: Refresh, request_: VintageRequest, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(MissingObject, match=r"run-2/awards\.parquet"):
        ingestion_checks(another_run, request_)
    assert "Traceback" not in capfd.readouterr().err


def test_dagster_is_quiet_and_leaves_nothing_behind(
    refresh: Refresh, request_: VintageRequest, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    home = refresh.scratch.parent / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(home)
    ingestion_checks(refresh, request_)
    assert capfd.readouterr() == ("", "")
    assert list(home.iterdir()) == []


def test_the_other_steps_do_not_pay_for_dagster() -> None:
    steps = Path(__file__).parents[3] / "src/sbir_etl/steps"
    imports = "; ".join(f"import sbir_etl.steps.{path.stem}" for path in sorted(steps.glob("[a-z]*.py")))
    script = f"import sys, sbir_etl.lambdas; {imports}; sys.exit('dagster' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
