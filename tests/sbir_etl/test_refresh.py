"""The execution's input, and where a refresh finds its files."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from sbir_etl.errors import GateFailed, InvalidInput
from sbir_etl.refresh import S3_BUCKET, SOURCE_URL, Execution, Refresh, RefreshInput, read_input, salvage_input
from sbir_etl.settings import Settings
from sbir_etl.storage import open_storage


def refresh_in(folder: Path, *, local_sources: bool = True, companies_source: str | None = None) -> Refresh:
    scratch = folder / "scratch"
    scratch.mkdir(exist_ok=True)
    return Refresh(
        execution=Execution(
            id="arn:execution", name="run-1", started_at=datetime(2026, 11, 23, tzinfo=UTC), state="DownloadCSV"
        ),
        input=RefreshInput(companies_source=companies_source),
        settings=Settings(local_sources=local_sources),
        storage=open_storage(str(folder / "storage")),
        scratch=scratch,
    )


def test_every_key_of_the_input_is_optional() -> None:
    assert read_input({}) == RefreshInput(force_refresh=False, source_url=SOURCE_URL, s3_bucket=S3_BUCKET)


def test_a_misspelt_key_is_refused_and_the_known_ones_are_named() -> None:
    with pytest.raises(InvalidInput, match=r"input\.force_refesh: got True.*force_refresh, source_url, s3_bucket"):
        read_input({"force_refesh": True})


def test_a_flag_must_be_a_boolean_so_that_the_word_false_is_not_true() -> None:
    with pytest.raises(InvalidInput, match=r"input\.force_refresh: got 'false'"):
        read_input({"force_refresh": "false"})


def test_a_dry_run_without_a_reset_is_refused_before_it_is_a_refresh_in_earnest() -> None:
    with pytest.raises(InvalidInput, match=r"input\.dry_run: got true without reset_graph, wanted both"):
        read_input({"dry_run": True})


def test_an_input_that_is_no_object_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"input: got \[1\]"):
        read_input([1])


def test_what_is_right_in_a_wrong_input_is_salvaged_to_record_the_failure() -> None:
    salvaged = salvage_input({"s3_bucket": "mine", "force_refresh": "no", "unknown": 1})
    assert salvaged == RefreshInput(s3_bucket="mine")
    assert salvage_input("nonsense") == RefreshInput()


def test_artefacts_lie_under_the_executions_name(tmp_path: Path) -> None:
    refresh = refresh_in(tmp_path)
    (refresh.scratch / "a.txt").write_text("kept")
    refresh.keep(refresh.scratch / "a.txt")
    assert refresh.artefact("a.txt") == "runs/run-1/a.txt"
    assert refresh.fetch("a.txt").read_text() == "kept"
    assert refresh.fetch("a.txt", run_id="run-1").read_text() == "kept"


def test_what_a_step_kept_anew_is_fetched_anew(tmp_path: Path) -> None:
    refresh = refresh_in(tmp_path)
    for content in ("first", "second"):
        (refresh.scratch / "a.txt").write_text(content)
        refresh.keep(refresh.scratch / "a.txt")
        assert refresh.fetch("a.txt").read_text() == content


def test_a_step_fetches_a_file_once_and_the_next_step_checks_it_again(tmp_path: Path) -> None:
    refresh = refresh_in(tmp_path)
    (refresh.scratch / "a.txt").write_text("kept")
    refresh.keep(refresh.scratch / "a.txt")
    fetched = refresh.fetch("a.txt")
    (tmp_path / "storage/runs/run-1/a.txt").write_text("altered")
    assert refresh.fetch("a.txt") == fetched
    with pytest.raises(GateFailed, match="it was altered or cut since"):
        refresh_in(tmp_path).fetch("a.txt")


def test_the_catalogue_is_what_lies_under_companies_in_the_storage(tmp_path: Path) -> None:
    refresh = refresh_in(tmp_path)
    assert list(refresh.company_exports().iterdir()) == []
    refresh.storage.write("companies/a-company_search_1.csv", b"Company Name\n")
    refresh.storage.write("companies/notes.txt", b"not a catalogue")
    assert [path.name for path in refresh.company_exports().iterdir()] == ["a-company_search_1.csv"]


def test_the_catalogue_can_be_a_local_folder(tmp_path: Path) -> None:
    assert refresh_in(tmp_path, companies_source=str(tmp_path)).company_exports() == tmp_path


def test_the_catalogue_can_be_another_storage(tmp_path: Path) -> None:
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "x-company_search_2.csv").write_text("Company Name\n")
    refresh = refresh_in(tmp_path, companies_source=f"file://{tmp_path}/exports", local_sources=False)
    assert [path.name for path in refresh.company_exports().iterdir()] == ["x-company_search_2.csv"]


def test_a_missing_catalogue_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="companies_source: no folder at"):
        refresh_in(tmp_path, companies_source=str(tmp_path / "none")).company_exports()


def test_a_catalogue_path_is_refused_where_only_urls_are_allowed(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="paths are for local runs"):
        refresh_in(tmp_path, companies_source="/etc", local_sources=False).company_exports()
