"""A vintage is stored once and completely; the pointer moves only from where it was."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sbir_etl.errors import Conflict, InvalidInput
from sbir_etl.storage import Directory, Storage
from sbir_etl.vintages import (
    AWARD_DATA,
    CURRENT,
    MANIFEST,
    RAW,
    UNREADABLE,
    Current,
    Manifest,
    advance,
    key,
    live,
    store,
    stored,
)

SHA256 = "ab" * 32
MANIFEST_OF_SEVEN = Manifest(
    sha256=SHA256,
    bytes=14_000,
    rows=7,
    readable=6,
    unreadable=1,
    source="https://data.www.sbir.gov/mod_awarddatapublic/award_data.csv",
    etag='"v1"',
    last_modified=None,
    downloaded_at=datetime(2026, 11, 24, 9, 0, tzinfo=UTC),
)
RUN_7 = Current(
    vintage=SHA256,
    run_id="run-7",
    rows=6,
    graph="graph/run-7.lbug",
    advanced_at=datetime(2026, 11, 24, 9, 10, tzinfo=UTC),
)
RUN_8 = replace(RUN_7, run_id="run-8", graph="graph/run-8.lbug")


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Directory(tmp_path / "storage")


@pytest.fixture
def files(tmp_path: Path) -> Mapping[str, Path]:
    paths = {name: tmp_path / name for name in (AWARD_DATA, RAW, UNREADABLE)}
    for name, path in paths.items():
        path.write_text(f"the {name}")
    return paths


def test_a_vintage_is_stored_with_its_files_and_manifest(storage: Storage, files: Mapping[str, Path]) -> None:
    assert stored(storage, SHA256) is None

    assert store(storage, MANIFEST_OF_SEVEN, files) == MANIFEST_OF_SEVEN

    assert stored(storage, SHA256) == MANIFEST_OF_SEVEN
    assert [entry.key for entry in storage.entries("vintages")] == [
        key(SHA256, name) for name in (AWARD_DATA, MANIFEST, RAW, f"{RAW}.sha256", UNREADABLE, f"{UNREADABLE}.sha256")
    ]
    assert storage.read(key(SHA256, RAW)) == b"the raw.parquet"


def test_the_second_time_the_first_manifest_counts(storage: Storage, files: Mapping[str, Path]) -> None:
    store(storage, MANIFEST_OF_SEVEN, files)
    files[AWARD_DATA].write_text("never stored")
    later = replace(MANIFEST_OF_SEVEN, downloaded_at=datetime(2026, 12, 1, tzinfo=UTC))

    assert store(storage, later, files) == MANIFEST_OF_SEVEN
    assert storage.read(key(SHA256, AWARD_DATA)) == b"the award_data.csv"


def test_a_vintage_that_broke_off_is_stored_again(storage: Storage, files: Mapping[str, Path]) -> None:
    storage.write(key(SHA256, AWARD_DATA), b"half")

    store(storage, MANIFEST_OF_SEVEN, files)

    assert storage.read(key(SHA256, AWARD_DATA)) == b"the award_data.csv"


class Overtaken(Directory):
    """A directory in which someone else stores the same vintage just before its manifest is written."""

    def replace(self, key: str, content: bytes, *, expected: bytes | None) -> None:
        theirs = json.loads(content) | {"etag": "theirs"}
        super().replace(key, json.dumps(theirs).encode(), expected=None)
        super().replace(key, content, expected=expected)


def test_of_two_who_store_one_vintage_the_first_manifest_counts(tmp_path: Path, files: Mapping[str, Path]) -> None:
    manifest = store(Overtaken(tmp_path / "storage"), MANIFEST_OF_SEVEN, files)

    assert manifest.etag == "theirs"


def test_a_vintage_needs_all_its_files(storage: Storage, files: Mapping[str, Path]) -> None:
    with pytest.raises(InvalidInput, match=r"wanted award_data\.csv, raw\.parquet and unreadable\.parquet"):
        store(storage, MANIFEST_OF_SEVEN, {AWARD_DATA: files[AWARD_DATA]})

    assert list(storage.entries("")) == []


def test_nothing_is_live_before_the_first_refresh(storage: Storage) -> None:
    assert live(storage) is None


def test_the_pointer_moves_from_run_to_run(storage: Storage) -> None:
    advance(storage, RUN_7, after=None)
    advance(storage, RUN_8, after="run-7")

    assert live(storage) == RUN_8


def test_the_pointer_can_be_read_by_a_person(storage: Storage) -> None:
    advance(storage, RUN_7, after=None)

    assert storage.read(CURRENT).decode() == (
        "{\n"
        '  "schema": 1,\n'
        f'  "vintage": "{SHA256}",\n'
        '  "run_id": "run-7",\n'
        '  "rows": 6,\n'
        '  "graph": "graph/run-7.lbug",\n'
        '  "advanced_at": "2026-11-24T09:10:00Z"\n'
        "}\n"
    )


def test_advancing_twice_to_one_run_changes_nothing(storage: Storage) -> None:
    advance(storage, RUN_7, after=None)
    before = storage.read(CURRENT)

    advance(storage, replace(RUN_7, advanced_at=datetime(2027, 1, 1, tzinfo=UTC)), after=None)

    assert storage.read(CURRENT) == before


@pytest.mark.parametrize("after", [None, "run-6"])
def test_a_refresh_that_was_overtaken_stops(storage: Storage, after: str | None) -> None:
    advance(storage, RUN_7, after=None)

    with pytest.raises(Conflict, match=r"got run run-7 as the live one, wanted .* another refresh went live meanwhile"):
        advance(storage, RUN_8, after=after)

    assert live(storage) == RUN_7


def test_a_pointer_that_was_edited_by_hand_can_still_be_advanced(storage: Storage) -> None:
    advance(storage, RUN_7, after=None)
    storage.write(CURRENT, json.dumps(json.loads(storage.read(CURRENT))).encode())

    advance(storage, RUN_8, after="run-7")

    assert live(storage) == RUN_8


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"{", "wanted JSON"),
        (b"[]", "got schema None, wanted 1"),
        (b'{"schema": 2}', "got schema 2, wanted 1"),
        (b'{"schema": 1, "rows": "many"}', "restore the file from a backup"),
    ],
)
def test_a_damaged_pointer_is_named_and_left(storage: Storage, content: bytes, complaint: str) -> None:
    storage.write(CURRENT, content)

    with pytest.raises(InvalidInput, match=complaint):
        live(storage)
    with pytest.raises(InvalidInput, match=r"current\.json"):
        advance(storage, RUN_8, after=None)

    assert storage.read(CURRENT) == content
