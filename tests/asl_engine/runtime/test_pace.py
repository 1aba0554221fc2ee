"""No expression and no execution keeps the others waiting for long."""

import asyncio
import json
import threading
from contextlib import suppress
from itertools import count
from time import perf_counter
from typing import Any

import pytest

from asl_engine.journal.port import Status
from asl_engine.language.values import TookTooLong
from asl_engine.runtime.pace import EvaluationLimit, Rounds

pytestmark = [
    pytest.mark.usefixtures("untraced"),
    # An interrupt that Python loses is complained about, and comes again.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

ENDLESS = "($f := function($n) { $f($n + 1) }; $f(1))"
NODES = json.loads('{"a": [' * 200 + '"' + "x" * 99 + '"' + "]}" * 200)


def in_jsonata(expression: str) -> dict[str, Any]:
    state = {"Type": "Pass", "QueryLanguage": "JSONata", "Output": f"{{% {expression} %}}", "End": True}
    return {"StartAt": "P", "States": {"P": state}}


def in_jsonpath(path: str) -> dict[str, Any]:
    return {"StartAt": "P", "States": {"P": {"Type": "Pass", "InputPath": path, "End": True}}}


def test_time_used_up_ends_what_is_evaluated_and_all_that_comes_after_until_it_is_renewed() -> None:
    limit = EvaluationLimit()
    with pytest.raises(TookTooLong), limit:
        sum(1 for _ in count())
    with pytest.raises(TookTooLong), limit:
        pass
    limit.renew()
    with limit:
        pass


def test_an_interrupt_that_is_lost_comes_again() -> None:
    """As Python loses, with a complaint, what is raised in a callback of its garbage collector."""

    def lose_the_first() -> None:
        with suppress(TookTooLong):
            sum(1 for _ in count())
        sum(1 for _ in count())

    with pytest.raises(TookTooLong), EvaluationLimit(seconds=0.1):
        lose_the_first()


def test_in_another_thread_nothing_is_interrupted() -> None:
    def run() -> None:
        with EvaluationLimit():
            ran.append(True)

    ran: list[bool] = []
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert ran == [True]


def test_a_round_goes_on_until_its_time_is_up() -> None:
    rounds = Rounds()
    rounds.begin()
    assert rounds.goes_on()
    with rounds.limit:
        sum(range(30_000_000))
    assert not rounds.goes_on()
    rounds.begin()
    assert rounds.goes_on()


@pytest.mark.parametrize(
    ("definition", "error"),
    [
        (in_jsonata(ENDLESS), "States.QueryEvaluationError"),
        (in_jsonata("$contains($pad('', 90000, 'a'), /a*a*a*a*b/)"), "States.QueryEvaluationError"),
        (in_jsonpath("$..*..*..*..*..*"), "States.Runtime"),
        (in_jsonpath("$..[?(@..[?(@..[?(@..c == 1)] == 1)] == 1)]"), "States.Runtime"),
        (in_jsonpath("$..[?(@ =~ /(x*)*y/)]"), "States.Runtime"),
    ],
)
def test_a_hostile_expression_fails_its_execution_while_others_go_on(
    make_bench: Any, definition: Any, error: str
) -> None:
    async def scene() -> None:
        bench = make_bench()
        async with bench.engine() as engine:
            hostile = bench.new(await bench.save(definition, name="hostile"), given=json.dumps(NODES))
            other = bench.new(await bench.save(in_jsonpath("$"), name="other"), name="other")
            begun = perf_counter()
            await asyncio.gather(engine.start_execution(hostile), engine.start_execution(other))
            assert (await bench.settle(engine, other.arn)).status is Status.SUCCEEDED
            failure = (await bench.settle(engine, hostile.arn)).failure
            assert failure.error == error
            assert "takes too long" in failure.cause
            assert perf_counter() - begun < 20  # of a busy machine; the limit itself counts processor time

    asyncio.run(scene())
