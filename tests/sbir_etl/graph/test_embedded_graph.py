"""What holds of graphs that are files: the live one is never touched, and nothing is left lying about."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import ladybug
import pytest

from sbir_etl.errors import GateFailed, InvalidInput, MissingObject, TransientError
from sbir_etl.graph.embedded import EmbeddedGraph
from sbir_etl.storage import Directory

Tables = Callable[..., Path]

BUFFER_POOL_BYTES = 128 * 1024 * 1024


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the graphs' files lie."""
    return tmp_path / "storage" / "graph"


@pytest.fixture
def store(tmp_path: Path) -> EmbeddedGraph:
    (tmp_path / "scratch").mkdir()
    return EmbeddedGraph(Directory(tmp_path / "storage"), tmp_path / "scratch", buffer_pool_bytes=BUFFER_POOL_BYTES)


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_graph_is_one_file_and_the_scratch_is_left_clean(
    store: EmbeddedGraph, tables: Tables, folder: Path, tmp_path: Path
) -> None:
    assert store.load(tables({}), "run-7") == "graph/run-7.lbug"

    assert files(folder) == ["run-7.lbug"]
    assert files(tmp_path / "scratch") == []


@pytest.mark.parametrize("name", ['it\'s "here"', "old [1]", "back\\slash", "any*", "w?y", "{a,b}", "größer 月"])
def test_a_folder_may_be_called_as_it_likes(tables: Tables, tmp_path: Path, name: str) -> None:
    odd = tmp_path / name
    odd.mkdir()
    store = EmbeddedGraph(Directory(odd / "storage"), odd, buffer_pool_bytes=BUFFER_POOL_BYTES)
    shutil.copytree(tables({}), odd / "tables")
    assert store.figures(store.load(odd / "tables", "run-7")).nodes["Award"] == 1


def test_reading_a_graph_leaves_no_trace_and_many_may_read(store: EmbeddedGraph, tables: Tables, folder: Path) -> None:
    graph = store.load(tables({}), "run-7")
    before = (folder / "run-7.lbug").read_bytes()

    with ladybug.Database(folder / "run-7.lbug", read_only=True, buffer_pool_size=BUFFER_POOL_BYTES):
        assert store.figures(graph).nodes["Award"] == 1

    assert (folder / "run-7.lbug").read_bytes() == before
    assert files(folder) == ["run-7.lbug"]


def test_what_a_killed_build_left_behind_does_no_harm(
    store: EmbeddedGraph, tables: Tables, folder: Path, tmp_path: Path
) -> None:
    tables_folder = tables({})
    for path in (tmp_path / "scratch" / "building-run-7.lbug", folder / "run-7.lbug"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"half a graph")
        path.with_name(path.name + ".wal").write_bytes(b"half a log")

    graph = store.load(tables_folder, "run-7")

    assert store.figures(graph).nodes["Award"] == 1
    assert files(folder) == ["run-7.lbug"]


def test_a_build_that_fails_leaves_the_other_graphs_and_no_file(
    store: EmbeddedGraph, tables: Tables, folder: Path, tmp_path: Path
) -> None:
    tables_folder = tables({})
    store.load(tables_folder, "run-7")
    (tables_folder / "Award.parquet").write_bytes(b"no Parquet")

    with pytest.raises(GateFailed, match="embedded graph: "):
        store.load(tables_folder, "run-8")

    assert files(folder) == ["run-7.lbug"]
    assert files(tmp_path / "scratch") == []


def test_too_little_memory_is_said(tmp_path: Path, tables: Tables) -> None:
    store = EmbeddedGraph(Directory(tmp_path / "storage"), tmp_path, buffer_pool_bytes=1024 * 1024)

    with pytest.raises(TransientError, match="free disk or memory"):
        store.load(tables(*({"award_id": f"a{n}"} for n in range(100))), "run-7")


@pytest.mark.parametrize("pool", [1024 * 1024, 8 * 1024 * 1024])
def test_figures_for_which_the_smaller_pool_is_too_small_are_told_within_the_other(
    tmp_path: Path, store: EmbeddedGraph, tables: Tables, pool: int
) -> None:
    graph = store.load(tables(*({"award_id": f"a{n}"} for n in range(100))), "run-7")
    tight = EmbeddedGraph(
        Directory(tmp_path / "storage"), tmp_path, buffer_pool_bytes=BUFFER_POOL_BYTES, pool_for_figures_bytes=pool
    )

    assert tight.figures(graph) == store.figures(graph)


def test_graphs_older_than_the_live_one_are_removed_and_younger_ones_stay(
    store: EmbeddedGraph, tables: Tables, folder: Path
) -> None:
    tables_folder = tables({})
    for age, run_id in enumerate(["younger", "live", "older", "oldest"]):
        store.load(tables_folder, run_id)
        os.utime(folder / f"{run_id}.lbug", (1_000_000 - age, 1_000_000 - age))

    assert store.settle("graph/live.lbug") == {"graphs removed": 2}
    assert files(folder) == ["live.lbug", "younger.lbug"]


def test_without_a_live_graph_nothing_is_removed(store: EmbeddedGraph, tables: Tables, folder: Path) -> None:
    store.load(tables({}), "run-7")

    assert store.settle("graph/gone.lbug") == {"graphs removed": 0}
    assert store.reset(None) == {"graphs removed": 0}
    assert files(folder) == ["run-7.lbug"]


def test_a_reset_keeps_the_live_graph(store: EmbeddedGraph, tables: Tables, folder: Path) -> None:
    tables_folder = tables({})
    for age, run_id in enumerate(["live", "older"]):
        store.load(tables_folder, run_id)
        os.utime(folder / f"{run_id}.lbug", (1_000_000 - age, 1_000_000 - age))

    assert store.reset("graph/live.lbug") == {"graphs removed": 1}
    assert files(folder) == ["live.lbug"]


def test_a_graph_that_is_not_there_or_damaged_is_named(store: EmbeddedGraph, folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "damaged.lbug").write_bytes(b"no graph at all" * 1000)
    (folder / "empty.lbug").touch()

    with pytest.raises(MissingObject, match=r"graph/run-9\.lbug"):
        store.query("graph/run-9.lbug", "MATCH (a:Award) RETURN count(*)")
    for name in ("damaged", "empty"):
        with pytest.raises(InvalidInput, match=r"embedded graph: .*wanted a graph file that can be opened"):
            store.query(f"graph/{name}.lbug", "MATCH (a:Award) RETURN count(*)")


def test_one_statement_is_asked_at_a_time(store: EmbeddedGraph, tables: Tables) -> None:
    graph = store.load(tables({}), "run-7")

    with pytest.raises(InvalidInput, match="got 2 statements, wanted one"):
        store.query(graph, "MATCH (a:Award) RETURN 1; MATCH (a:Award) RETURN 2")
