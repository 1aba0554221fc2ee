"""Checks run side by side, and none keeps another from its finding."""

import threading

from sbir_etl.doctor.findings import Finding, Status, examine, ok, problem
from sbir_etl.errors import InvalidInput, TransientError


def failing() -> Finding:
    raise TransientError("Neo4j at bolt://here: refused; wanted an answer. Look whether it runs")


def mistaken() -> Finding:
    raise ZeroDivisionError("by nought")


def test_what_each_check_found_is_told_in_their_order() -> None:
    found = examine({"first": mistaken, "second": lambda: ok("there"), "third": failing})
    assert list(found) == ["first", "second", "third"]
    assert [each.status for each in found.values()] == [Status.PROBLEM, Status.OK, Status.PROBLEM]
    assert found["first"].found == "ZeroDivisionError: by nought"


def test_our_own_messages_are_told_apart_into_found_wanted_and_fix() -> None:
    def refused() -> Finding:
        raise InvalidInput("GitHub token: got none, wanted SBIR_ETL_GITHUB_TOKEN or its secret; set one of them")

    found = examine({"token": refused, "graph": failing})
    assert found["token"] == problem(
        "GitHub token: got none", wanted="SBIR_ETL_GITHUB_TOKEN or its secret", fix="set one of them"
    )
    assert found["graph"].found == "Neo4j at bolt://here: refused"
    assert found["graph"].wanted == "an answer. Look whether it runs"


def test_a_check_that_hangs_has_found_a_problem_and_does_not_hold_up_the_others() -> None:
    over = threading.Event()

    def hanging() -> Finding:
        over.wait(60)
        return ok("at last")

    found = examine({"hanging": hanging, "quick": lambda: ok("there")}, seconds=0.2)
    over.set()
    assert (found["hanging"].found, found["quick"].found) == ("no answer in time", "there")
