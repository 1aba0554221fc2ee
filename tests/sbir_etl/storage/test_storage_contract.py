"""What every storage promises, run on a directory and on an object store with conditional writes."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from obstore.store import MemoryStore

from sbir_etl.errors import Conflict, InvalidInput, MissingObject
from sbir_etl.storage import Bucket, Directory, Storage


@pytest.fixture(params=["directory", "bucket"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "directory":
        return Directory(tmp_path / "not yet made" / "stored here")
    return Bucket("memory://bucket", MemoryStore())


def keys(storage: Storage, prefix: str) -> list[str]:
    return [entry.key for entry in storage.entries(prefix)]


def test_what_was_written_is_read_back(storage: Storage) -> None:
    storage.write("runs/7/profile.json", b"{}")
    storage.write("runs/7/profile.json", b'{"rows": 7}')

    assert storage.read("runs/7/profile.json") == b'{"rows": 7}'


def test_a_file_of_many_chunks_arrives_whole(storage: Storage, tmp_path: Path) -> None:
    content = os.urandom(1024 * 1024) * 18 + b"and a rest"
    source = tmp_path / "award_data.csv"
    source.write_bytes(content)

    storage.write("vintages/ab/award_data.csv", source)

    assert storage.fetch("vintages/ab/award_data.csv", tmp_path / "scratch").read_bytes() == content


def test_fetching_two_objects_of_one_name_keeps_them_apart(storage: Storage, tmp_path: Path) -> None:
    storage.write("runs/6/awards.parquet", b"six")
    storage.write("runs/7/awards.parquet", b"seven")

    six, seven = (storage.fetch(f"runs/{run}/awards.parquet", tmp_path) for run in (6, 7))

    assert (six.read_bytes(), seven.read_bytes()) == (b"six", b"seven")


def test_a_listing_is_sorted_and_knows_whole_parts_of_keys_only(storage: Storage) -> None:
    for key in ("runs/7/b.json", "runs/70/a.json", "runs/7/a.json", "runs/7/plots/a.svg", "current.json"):
        storage.write(key, b"12345")

    assert keys(storage, "runs/7") == ["runs/7/a.json", "runs/7/b.json", "runs/7/plots/a.svg"]
    assert keys(storage, "") == ["current.json", *keys(storage, "runs/7"), "runs/70/a.json"]
    assert {entry.size for entry in storage.entries("runs")} == {5}


def test_a_listing_of_nothing_is_empty(storage: Storage) -> None:
    assert keys(storage, "runs") == keys(storage, "") == []


def test_a_listing_goes_past_one_page(storage: Storage) -> None:
    for number in range(1100):
        storage.write(f"runs/{number}/a", b"")

    assert len(keys(storage, "runs")) == 1100


def test_a_removed_object_is_gone_and_may_be_removed_again(storage: Storage) -> None:
    storage.write("graph/7.lbug", b"graph")

    storage.remove("graph/7.lbug")
    storage.remove("graph/7.lbug")

    assert keys(storage, "") == []


def test_what_is_not_there_is_said_by_its_address(storage: Storage, tmp_path: Path) -> None:
    with pytest.raises(MissingObject, match=f"{storage.url}/runs/7/a.json: .*wanted it to be there"):
        storage.read("runs/7/a.json")
    with pytest.raises(MissingObject, match=r"runs/7/a\.parquet"):
        storage.fetch("runs/7/a.parquet", tmp_path)


def test_a_missing_file_cannot_be_stored(storage: Storage, tmp_path: Path) -> None:
    with pytest.raises(MissingObject, match=r"the file to store, .*nothing\.csv, is not there"):
        storage.write("a.csv", tmp_path / "nothing.csv")


@pytest.mark.parametrize("key", ["", "/etc/passwd", "runs/../../secret", "runs//a", "./a", "runs/"])
def test_a_key_cannot_leave_the_storage(storage: Storage, key: str, tmp_path: Path) -> None:
    for use in (
        lambda: storage.read(key),
        lambda: storage.write(key, b""),
        lambda: storage.replace(key, b"", expected=None),
        lambda: storage.fetch(key, tmp_path),
        lambda: storage.remove(key),
    ):
        with pytest.raises(InvalidInput, match="wanted a relative path"):
            use()


def test_a_replace_changes_what_is_as_expected(storage: Storage) -> None:
    storage.replace("current.json", b"one", expected=None)
    storage.replace("current.json", b"two", expected=b"one")

    assert storage.read("current.json") == b"two"


@pytest.mark.parametrize("expected", [None, b"zero"])
def test_a_replace_leaves_what_is_not_as_expected(storage: Storage, expected: bytes | None) -> None:
    storage.write("current.json", b"one")

    with pytest.raises(Conflict, match=r"current\.json: it was changed meanwhile"):
        storage.replace("current.json", b"two", expected=expected)

    assert storage.read("current.json") == b"one"


def test_a_replace_of_what_vanished_is_refused(storage: Storage) -> None:
    with pytest.raises(Conflict):
        storage.replace("current.json", b"two", expected=b"one")

    assert keys(storage, "") == []


def test_a_repeated_replace_is_harmless(storage: Storage) -> None:
    storage.replace("current.json", b"one", expected=None)
    storage.replace("current.json", b"two", expected=b"one")
    storage.replace("current.json", b"two", expected=b"one")

    assert storage.read("current.json") == b"two"


def test_of_many_who_replace_at_once_one_wins(storage: Storage) -> None:
    storage.write("current.json", b"old")

    def wins(contender: int) -> bool:
        try:
            storage.replace("current.json", b"%d" % contender, expected=b"old")
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = [contender for contender, outcome in enumerate(pool.map(wins, range(16))) if outcome]

    assert len(won) == 1
    assert storage.read("current.json") == b"%d" % won[0]
    assert keys(storage, "") == ["current.json"]
