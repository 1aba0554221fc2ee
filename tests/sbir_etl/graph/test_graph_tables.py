"""The tables a graph is loaded from: who is one node, what is related to what, and that no end is missing."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from sbir_etl.errors import GateFailed
from sbir_etl.graph.schema import NODES, RELATIONSHIPS
from sbir_etl.graph.sources import opened
from sbir_etl.graph.tables import write_tables

Tables = Callable[..., Path]
WriteRun = Callable[..., Any]

ACME = "UEI:ACMEACMEACME"
BOLT = "DUNS:087654321"


def rows(path: Path, columns: str = "*") -> list[tuple[Any, ...]]:
    with duckdb.connect() as database:
        return database.execute(f"SELECT {columns} FROM '{path}'").fetchall()


def follow_ups(folder: Path) -> list[tuple[Any, ...]]:
    return rows(folder / "FOLLOWS.parquet")


def investigators(folder: Path) -> list[str]:
    return [identity for (identity,) in rows(folder / "Investigator.parquet", "investigator_id")]


def test_every_table_has_the_declared_columns(tables: Tables) -> None:
    folder = tables({})

    for node in NODES:
        names = [name for name, *_ in rows_described(folder / f"{node.label}.parquet")]
        assert names == [each.name for each in node.properties]
    for relationship in RELATIONSHIPS:
        names = [name for name, *_ in rows_described(folder / f"{relationship.type}.parquet")]
        assert names == ["start", "end", *(each.name for each in relationship.properties)]


def rows_described(path: Path) -> list[tuple[Any, ...]]:
    with duckdb.connect() as database:
        return database.execute(f"DESCRIBE SELECT * FROM '{path}'").fetchall()


def test_an_award_keeps_its_identifiers_as_text_and_its_amount_to_the_cent(tables: Tables) -> None:
    folder = tables({"award_id": "N18-0123", "duns": "012345678", "zip": "02139", "award_amount_dollars": "149998.06"})

    assert rows(folder / "Award.parquet", "award_id, duns, zip, award_amount, award_amount_cents") == [
        ("N18-0123", "012345678", "02139", 149998.06, 14999806)
    ]


def test_nodes_are_sorted_by_their_key(tables: Tables) -> None:
    folder = tables({"award_id": "b"}, {"award_id": "c"}, {"award_id": "a"})

    assert rows(folder / "Award.parquet", "award_id") == [("a",), ("b",), ("c",)]


def test_the_same_awards_in_another_order_give_the_same_bytes(tables: Tables) -> None:
    awards = [
        {"award_id": f"a{n}", "row_number": n, "pi_name": name, "pi_email": "x@acme.com", "ri_name": "MIT",
         "topic_code": "N1", "company_id": ACME if n % 2 else BOLT}
        for n, name in enumerate(["Ann Lee", "ANN LEE", "Bo Li", "Bo Li", "Dr. Ann Lee"])
    ]  # fmt: skip

    first = {path.name: path.read_bytes() for path in tables(*awards).iterdir()}
    second = {path.name: path.read_bytes() for path in tables(*reversed(awards)).iterdir()}

    assert first == second


def test_an_agency_with_a_branch_is_a_node_of_its_own(tables: Tables) -> None:
    folder = tables({"branch": "Navy"}, {"branch": "Army"}, {"branch": "Navy"}, {"agency": "NASA", "branch": None})

    assert rows(folder / "Agency.parquet") == [
        ("Department of Defense / Army", "Department of Defense", "Army"),
        ("Department of Defense / Navy", "Department of Defense", "Navy"),
        ("NASA", "NASA", None),
    ]
    assert len(rows(folder / "FUNDED_BY.parquet")) == 4


def test_a_topic_belongs_to_its_agency(tables: Tables) -> None:
    folder = tables({"topic_code": "01"}, {"topic_code": "01", "agency": "NASA"}, {"topic_code": None})

    assert rows(folder / "Topic.parquet", "topic_id") == [("Department of Defense / 01",), ("NASA / 01",)]
    assert len(rows(folder / "UNDER.parquet")) == 2


def test_an_institution_is_one_however_it_is_written_and_shows_its_usual_name(tables: Tables) -> None:
    folder = tables(
        {"ri_name": "The University of Méxicó"},
        {"ri_name": "University of Mexico"},
        {"ri_name": "University of Mexico"},
        {"ri_name": "UNIVERSITY  OF MEXICO."},
        {"ri_name": "---"},
        {"ri_name": None},
    )

    assert rows(folder / "ResearchInstitution.parquet") == [("UNIVERSITY OF MEXICO", "University of Mexico")]
    assert len(rows(folder / "CONDUCTED_WITH.parquet")) == 4


def test_a_name_is_one_investigator_within_a_company(tables: Tables) -> None:
    folder = tables(
        {"pi_name": "Dr. Ann Lee", "pi_email": "ann@acme.com"},
        {"pi_name": "ANN LEE, Ph.D.", "pi_email": "lee@acme.com"},
        {"pi_name": "Ann Lee"},
        {"pi_name": "Ann Lee", "company_id": BOLT},
        {"pi_name": None},
    )

    assert investigators(folder) == [f"{BOLT} / ANN LEE", f"{ACME} / ANN LEE"]
    assert len(rows(folder / "LED_BY.parquet")) == 4


def test_an_address_that_many_share_makes_nobody_the_same_person(tables: Tables) -> None:
    folder = tables(*({"pi_name": name, "pi_email": "contracts@acme.com"} for name in ("Ann Lee", "Bo Li")))

    assert len(investigators(folder)) == 2


def test_a_name_with_the_same_address_is_one_investigator_across_companies(tables: Tables) -> None:
    folder = tables(
        {"pi_name": "Ann Lee", "company_id": "UEI:A", "pi_email": "ann@home.org"},
        {"pi_name": "Ann Lee", "company_id": "UEI:B", "pi_email": "Ann@Home.org"},
        {"pi_name": "Ann Lee", "company_id": "UEI:B", "pi_email": "ann@b.com"},
        {"pi_name": "Ann Lee", "company_id": "UEI:C", "pi_email": "ann@b.com"},
        {"pi_name": "Ann Lee", "company_id": "UEI:D", "pi_email": "ann@d.com"},
    )

    assert investigators(folder) == ["UEI:A / ANN LEE", "UEI:D / ANN LEE"]


PHASE_1 = {"award_id": "one", "phase_number": 1, "award_year_number": 2018}
PHASE_2 = {"award_id": "two", "phase_number": 2, "award_year_number": 2019}


@pytest.mark.parametrize(
    ("shared", "evidence"),
    [
        ({"agency_tracking_number": "N18-1"}, "tracking number"),
        ({"award_title": "A Rocket"}, "title"),
        ({"topic_code": "N18-T1"}, "topic"),
        ({"topic_code": "N18-T1", "award_title": "A Rocket"}, "title"),
    ],
)
def test_a_phase_2_award_follows_the_phase_1_award_it_shares_something_with(
    tables: Tables, shared: dict[str, object], evidence: str
) -> None:
    assert follow_ups(tables(PHASE_1 | shared, PHASE_2 | shared)) == [("two", "one", evidence)]


@pytest.mark.parametrize(
    "changed",
    [
        {"topic_code": None},
        {"topic_code": "another"},
        {"company_id": BOLT},
        {"agency": "NASA"},
        {"branch": None},
        {"program": "STTR"},
        {"phase_number": 1},
        {"phase_number": 3},
        {"award_year_number": 2018},
        {"award_year_number": 2017},
        {"award_year_number": 2024},
    ],
)
def test_a_phase_2_award_follows_nothing_on_weaker_grounds(tables: Tables, changed: dict[str, object]) -> None:
    topic = {"topic_code": "N18-T1"}

    assert follow_ups(tables(PHASE_1 | topic, PHASE_2 | topic | changed)) == []


def test_dates_decide_what_came_first_where_both_are_known(tables: Tables) -> None:
    title = {"award_title": "A Rocket"}
    same_year = PHASE_2 | title | {"award_year_number": 2018, "proposal_awarded_on": "2018-06-01"}

    earlier = follow_ups(tables(PHASE_1 | title | {"proposal_awarded_on": "2018-02-01"}, same_year))
    later = follow_ups(tables(PHASE_1 | title | {"proposal_awarded_on": "2018-06-01"}, same_year))

    assert (earlier, later) == ([("two", "one", "title")], [])


def test_of_two_phase_1_awards_under_the_topic_the_one_with_the_same_title_is_followed(tables: Tables) -> None:
    topic = {"topic_code": "N18-T1"}
    other = PHASE_1 | topic | {"award_id": "other", "award_title": "A Boat"}

    folder = tables(
        PHASE_1 | topic | {"award_title": "A rocket"}, other, PHASE_2 | topic | {"award_title": "A  ROCKET."}
    )

    assert follow_ups(folder) == [("two", "one", "title")]


def test_of_two_equal_phase_1_awards_none_is_followed(tables: Tables) -> None:
    topic = {"topic_code": "N18-T1"}

    assert follow_ups(tables(PHASE_1 | topic, PHASE_1 | topic | {"award_id": "other"}, PHASE_2 | topic)) == []


def test_several_phase_2_awards_may_follow_one_phase_1_award(tables: Tables) -> None:
    topic = {"topic_code": "N18-T1"}
    sequel = PHASE_2 | topic | {"award_id": "two, again", "award_year_number": 2021}

    assert len(follow_ups(tables(PHASE_1 | topic, PHASE_2 | topic, sequel))) == 2


def test_a_relationship_to_nowhere_stops_the_load(write_run: WriteRun, tmp_path: Path) -> None:
    ours, theirs = write_run({"award_id": "a"}, {"award_id": "b"}), write_run({"company_id": BOLT})

    with (
        pytest.raises(GateFailed, match=r"2 AWARDED_TO relationships have no Company, the first 'UEI:ACME"),
        opened(**vars(ours) | {"companies": theirs.companies}) as database,
    ):
        write_tables(database, tmp_path / "tables")


def test_an_award_that_is_there_twice_stops_the_load(tables: Tables) -> None:
    with pytest.raises(GateFailed, match="1 Award keys occur twice, the first 'a'; wanted none"):
        tables({"award_id": "a"}, {"award_id": "a"}, {"award_id": "b"})


def test_the_counts_are_those_of_the_files(write_run: WriteRun, tmp_path: Path) -> None:
    with opened(**vars(write_run({"topic_code": "1"}, {"company_id": BOLT}))) as database:
        counts = write_tables(database, tmp_path / "tables")

    assert counts.nodes == {
        "Award": 2, "Company": 2, "Agency": 1, "Investigator": 0, "ResearchInstitution": 0, "Topic": 1
    }  # fmt: skip
    assert counts.relationships == {
        "AWARDED_TO": 2, "FUNDED_BY": 2, "LED_BY": 0, "CONDUCTED_WITH": 0, "UNDER": 1, "FOLLOWS": 0
    }  # fmt: skip
