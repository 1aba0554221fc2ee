"""What every journal promises, held against each of them."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from asl_engine.history import events as e
from asl_engine.history.documents import Document
from asl_engine.journal.memory import MemoryJournal
from asl_engine.journal.port import (
    AppendEvents,
    Count,
    DeleteRecord,
    DeleteStateMachine,
    ExecutionFilter,
    ExecutionRecord,
    FinishExecution,
    ForgetExecution,
    Journal,
    Prune,
    SaveRecord,
    SaveStateMachine,
    StartExecution,
    StateMachineRecord,
    Status,
    Write,
)
from asl_engine.journal.records import (
    ActivityRecord,
    AliasRecord,
    MapRunRecord,
    Record,
    TagsRecord,
    VersionRecord,
)
from asl_engine.journal.sqlite import SqliteJournal
from asl_engine.language.values import Failure

NOW = datetime(2026, 1, 5, 6, 7, 8, 9, tzinfo=UTC)
MACHINE = StateMachineRecord(
    arn="arn:aws:states:us-east-1:123456789012:stateMachine:m",
    name="m",
    type="STANDARD",
    definition="{}",
    role_arn="arn:aws:iam::123456789012:role/r",
    revision_id="r1",
    created_at=NOW,
    updated_at=NOW,
    settings={"loggingConfiguration": {"level": "ALL"}},
)


def execution(name: str, **changes: object) -> ExecutionRecord:
    record = ExecutionRecord(
        arn=f"{MACHINE.arn.replace('stateMachine', 'execution')}:{name}",
        name=name,
        state_machine_arn=MACHINE.arn,
        revision_id="r1",
        input='{ "a": 1 }',
        started_at=NOW,
        trace_header="t",
        test_case="HappyPath",
        started_by="task",
        awaited=True,
    )
    return replace(record, **changes)  # type: ignore[arg-type]  # the fields are checked by `replace`


def started() -> e.ExecutionStarted:
    return e.ExecutionStarted(id=1, previous_event_id=0, timestamp=NOW, input=Document(text="{}"))


def entered(number: int) -> e.StateEntered:
    return e.StateEntered(
        id=number, previous_event_id=number - 1, timestamp=NOW, state_type="Pass", name="A", input=Document(number)
    )


@pytest.fixture(params=["memory", "sqlite", "sqlite for power"])
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Journal]:
    makers: dict[str, Callable[[], Journal]] = {
        "memory": MemoryJournal,
        "sqlite": lambda: SqliteJournal(tmp_path / "journal.sqlite"),
        "sqlite for power": lambda: SqliteJournal(tmp_path / "journal.sqlite", "power"),
    }
    opened = makers[request.param]()
    yield opened
    opened.close()


def commit(journal: Journal, *writes: Write) -> None:
    asyncio.run(journal.commit(writes))


def test_a_state_machine_is_found_as_it_was_saved(journal: Journal) -> None:
    commit(journal, SaveStateMachine(MACHINE))
    assert journal.state_machines.find(MACHINE.arn) == MACHINE
    assert journal.state_machines.find("another") is None


def test_a_new_revision_is_current_and_the_old_one_stays(journal: Journal) -> None:
    newer = replace(MACHINE, revision_id="r2", definition='{"StartAt": "B"}', updated_at=NOW + timedelta(days=1))
    commit(journal, SaveStateMachine(MACHINE), SaveStateMachine(newer))
    assert journal.state_machines.find(MACHINE.arn) == newer
    assert journal.state_machines.revision(MACHINE.arn, "r1") == MACHINE
    assert journal.state_machines.revision(MACHINE.arn, "r3") is None
    assert journal.state_machines.page(limit=10).items == [newer]


def test_a_deleted_state_machine_is_gone_but_its_revisions_stay(journal: Journal) -> None:
    commit(journal, SaveStateMachine(MACHINE), DeleteStateMachine(MACHINE.arn), DeleteStateMachine("never there"))
    assert journal.state_machines.find(MACHINE.arn) is None
    assert journal.state_machines.page(limit=10).items == []
    assert journal.state_machines.revision(MACHINE.arn, "r1") == MACHINE


def test_state_machines_come_in_pages_in_order_of_creation(journal: Journal) -> None:
    machines = [replace(MACHINE, arn=f"{MACHINE.arn}{number}") for number in range(5)]
    commit(journal, *map(SaveStateMachine, machines))
    pages, after = [], None
    while True:
        page = journal.state_machines.page(limit=2, after=after)
        pages.append(list(page.items))
        after = page.next
        if after is None:
            break
    assert pages == [machines[:2], machines[2:4], machines[4:]]


def test_a_full_last_page_says_that_it_is_the_last(journal: Journal) -> None:
    commit(journal, SaveStateMachine(MACHINE))
    assert journal.state_machines.page(limit=1).next is None


def test_an_execution_is_found_as_it_was_started(journal: Journal) -> None:
    commit(journal, SaveStateMachine(MACHINE), StartExecution(execution("a")))
    assert journal.executions.find(execution("a").arn) == execution("a")
    assert journal.executions.find("another") is None


@pytest.mark.parametrize(
    "end",
    [
        {"status": Status.SUCCEEDED, "output": '"done"'},
        {"status": Status.FAILED, "failure": Failure("E", "c")},
        {"status": Status.FAILED, "failure": Failure(None)},
        {"status": Status.ABORTED, "failure": Failure(None, "c")},
    ],
    ids=str,
)
def test_a_finished_execution_shows_its_end(journal: Journal, end: dict[str, object]) -> None:
    ended = execution("a", stopped_at=NOW + timedelta(seconds=1), **end)
    commit(journal, SaveStateMachine(MACHINE), StartExecution(execution("a")))
    commit(journal, FinishExecution(ended))
    assert journal.executions.find(ended.arn) == ended
    assert journal.executions.unfinished() == []


def test_executions_come_in_pages_with_the_newest_first(journal: Journal) -> None:
    records = [execution(str(number)) for number in range(5)]
    commit(journal, SaveStateMachine(MACHINE), *map(StartExecution, records))
    first = journal.executions.page(ExecutionFilter(), limit=3)
    second = journal.executions.page(ExecutionFilter(), limit=3, after=first.next)
    assert [record.name for record in first.items] == ["4", "3", "2"]
    assert [record.name for record in second.items] == ["1", "0"]
    assert second.next is None


def test_a_filter_keeps_what_matches_all_of_it(journal: Journal) -> None:
    other = replace(MACHINE, arn=f"{MACHINE.arn}2")
    commit(
        journal,
        SaveStateMachine(MACHINE),
        SaveStateMachine(other),
        StartExecution(execution("a")),
        StartExecution(execution("b", state_machine_arn=other.arn)),
        StartExecution(execution("c")),
        FinishExecution(execution("c", status=Status.FAILED, failure=Failure("E"))),
    )

    def names(wanted: ExecutionFilter) -> list[str]:
        return [record.name for record in journal.executions.page(wanted, limit=10).items]

    assert names(ExecutionFilter(state_machine_arn=MACHINE.arn)) == ["c", "a"]
    assert names(ExecutionFilter(status=Status.RUNNING)) == ["b", "a"]
    assert names(ExecutionFilter(state_machine_arn=MACHINE.arn, status=Status.FAILED)) == ["c"]
    assert names(ExecutionFilter(state_machine_arn="another")) == []
    assert [record.name for record in journal.executions.unfinished()] == ["a", "b"]


def test_executions_of_a_deleted_state_machine_do_not_reappear_under_its_successor(journal: Journal) -> None:
    successor = replace(MACHINE, revision_id="r2", created_at=NOW + timedelta(days=1))
    commit(journal, SaveStateMachine(MACHINE), StartExecution(execution("a")))
    commit(journal, DeleteStateMachine(MACHINE.arn), SaveStateMachine(successor))
    assert journal.executions.page(ExecutionFilter(state_machine_arn=MACHINE.arn), limit=10).items == []


def test_events_come_back_in_the_order_in_which_they_happened(journal: Journal) -> None:
    arn = execution("a").arn
    waiting = e.WaitArmed(id=2, ordinal=1, previous_event_id=2, timestamp=NOW, due=NOW + timedelta(hours=1))
    commit(journal, StartExecution(execution("a")), AppendEvents(arn, [started(), entered(2), waiting]))
    commit(journal, AppendEvents(arn, [entered(3)]))
    assert list(journal.executions.events(arn)) == [started(), entered(2), waiting, entered(3)]
    assert list(journal.executions.events("another")) == []


def test_a_history_shows_visible_events_page_by_page(journal: Journal) -> None:
    arn = execution("a").arn
    internal = e.TimerFired(id=3, ordinal=1, previous_event_id=3, timestamp=NOW)
    events: list[e.HistoryEvent] = [started(), entered(2), entered(3), internal, entered(4), entered(5)]
    commit(journal, StartExecution(execution("a")), AppendEvents(arn, events))
    first = journal.executions.history(arn, limit=3)
    second = journal.executions.history(arn, limit=3, after=first.next)
    assert [event.id for event in first.items] == [1, 2, 3]
    assert [event.id for event in second.items] == [4, 5]
    assert second.next is None


def test_a_history_can_be_read_backwards(journal: Journal) -> None:
    arn = execution("a").arn
    events: list[e.HistoryEvent] = [started(), *map(entered, range(2, 6))]
    commit(journal, StartExecution(execution("a")), AppendEvents(arn, events))
    first = journal.executions.history(arn, limit=4, reverse=True)
    second = journal.executions.history(arn, limit=4, after=first.next, reverse=True)
    assert [event.id for event in first.items] == [5, 4, 3, 2]
    assert [event.id for event in second.items] == [1]


def test_histories_of_different_executions_do_not_mix(journal: Journal) -> None:
    commit(journal, StartExecution(execution("a")), StartExecution(execution("b")))
    commit(journal, AppendEvents(execution("a").arn, [started(), entered(2)]))
    commit(journal, AppendEvents(execution("b").arn, [started()]))
    assert len(journal.executions.history(execution("a").arn, limit=10).items) == 2
    assert len(journal.executions.history(execution("b").arn, limit=10).items) == 1


# --- records -----------------------------------------------------------------------------------------------------

RECORDS: list[Record] = [
    ActivityRecord(arn="a", name="a", created_at=NOW, settings={"encryptionConfiguration": {"type": "AWS_OWNED_KEY"}}),
    VersionRecord(arn="m:1", state_machine_arn="m", number=1, revision_id="r", created_at=NOW, description="é"),
    AliasRecord(arn="m:x", name="x", state_machine_arn="m", routes={"m:1": 100}, created_at=NOW, updated_at=NOW),
    TagsRecord(arn="m", tags={"a": "b"}),
    MapRunRecord(arn="r", execution_arn="e", state_machine_arn="m", started_at=NOW, tolerated_failure_percentage=1.5),
    MapRunRecord(arn="s", execution_arn="e", state_machine_arn="m", started_at=NOW, stopped_at=NOW, redriven_at=NOW),
]


def shelf(journal: Journal, kind: type[Record]) -> Any:
    return {
        ActivityRecord: journal.activities,
        VersionRecord: journal.versions,
        AliasRecord: journal.aliases,
        TagsRecord: journal.tags,
        MapRunRecord: journal.map_runs,
    }[kind]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
def test_a_record_is_found_as_it_was_saved_until_it_is_deleted(journal: Journal, record: Record) -> None:
    kept = shelf(journal, type(record))
    assert kept.find(record.arn) is None
    commit(journal, SaveRecord(record))
    assert kept.find(record.arn) == record
    assert kept.page(limit=9, owner=record.owner).items == [record]
    commit(journal, DeleteRecord(type(record), record.arn), DeleteRecord(type(record), "never there"))
    assert kept.find(record.arn) is None


def test_records_of_different_kinds_do_not_meet(journal: Journal) -> None:
    commit(journal, SaveRecord(TagsRecord(arn="a", tags={})))
    assert journal.activities.find("a") is None
    assert journal.activities.page(limit=9).items == []


def test_records_come_in_pages_from_either_end(journal: Journal) -> None:
    versions = [
        VersionRecord(arn=f"m:{number}", state_machine_arn="m", number=number, revision_id="r", created_at=NOW)
        for number in range(1, 6)
    ]
    other = VersionRecord(arn="o:1", state_machine_arn="o", number=1, revision_id="r", created_at=NOW)
    commit(journal, *map(SaveRecord, [*versions, other]))
    first = journal.versions.page(limit=2, owner="m", reverse=True)
    second = journal.versions.page(limit=3, owner="m", reverse=True, after=first.next)
    assert [*first.items, *second.items] == versions[::-1]
    assert second.next is None
    first = journal.versions.page(limit=4, owner="m")
    assert [*first.items, *journal.versions.page(limit=4, owner="m", after=first.next).items] == versions


def test_a_record_that_is_saved_again_keeps_its_place(journal: Journal) -> None:
    first, second = (ActivityRecord(arn=name, name=name, created_at=NOW) for name in "ab")
    renamed = replace(first, settings={"x": 1})
    commit(journal, SaveRecord(first), SaveRecord(second), SaveRecord(renamed))
    assert journal.activities.page(limit=9).items == [renamed, second]


# --- executions of map runs, redrives, what is forgotten ------------------------------------------------------------


def test_executions_of_a_map_run_are_counted_and_listed_by_it(journal: Journal) -> None:
    children = [execution(str(number), map_run_arn="r", item_count=number) for number in range(1, 4)]
    failed = replace(children[0], status=Status.FAILED, failure=Failure("E"), stopped_at=NOW)
    plain = execution("plain", definition_path=("P", 1, "M"))
    commit(journal, *map(StartExecution, [*children, plain]), FinishExecution(failed))
    assert journal.executions.counts("r") == {
        Status.FAILED: Count(executions=1, items=1),
        Status.RUNNING: Count(executions=2, items=5),
    }
    assert journal.executions.counts("another") == {}
    assert list(journal.executions.of_map_run("r")) == [failed, *children[1:]]
    assert journal.executions.page(ExecutionFilter(map_run_arn="r"), limit=9).items == [*children[:0:-1], failed]
    assert journal.executions.page(ExecutionFilter(), limit=9).items == [plain]


def test_executions_are_found_by_version_alias_and_redrives(journal: Journal) -> None:
    by_version = execution("v", version_arn="m:1")
    by_alias = execution("a", version_arn="m:1", alias_arn="m:x")
    redriven = replace(execution("r"), redrive_count=2, redriven_at=NOW)
    commit(journal, *map(StartExecution, [by_version, by_alias, execution("r")]), FinishExecution(redriven))

    def found(**wanted: Any) -> list[ExecutionRecord]:
        return list(journal.executions.page(ExecutionFilter(**wanted), limit=9).items)

    assert found(version_or_alias_arn="m:1") == [by_alias, by_version]
    assert found(version_or_alias_arn="m:x") == [by_alias]
    assert found(redriven=True) == [redriven]
    assert found(redriven=False) == [by_alias, by_version]


def test_an_execution_can_be_forgotten_and_begun_again(journal: Journal) -> None:
    record = execution("x")
    run = MapRunRecord(arn="r", execution_arn=record.arn, state_machine_arn="m", started_at=NOW)
    commit(journal, StartExecution(record), AppendEvents(record.arn, [started()]), SaveRecord(run))
    commit(journal, ForgetExecution(record.arn), StartExecution(record), AppendEvents(record.arn, [started()]))
    assert list(journal.executions.events(record.arn)) == [started()]
    assert journal.map_runs.find("r") is None
    commit(journal, ForgetExecution(record.arn))
    assert journal.executions.find(record.arn) is None
    assert list(journal.executions.events(record.arn)) == []


def test_executions_that_ended_long_ago_are_pruned_a_few_at_a_time(journal: Journal) -> None:
    ended = [execution(str(number), status=Status.SUCCEEDED, stopped_at=NOW, output="1") for number in range(3)]
    young = execution("young", status=Status.SUCCEEDED, stopped_at=NOW + timedelta(days=1), output="1")
    running = execution("running")
    commit(journal, *map(StartExecution, [*ended, young, running]), AppendEvents(ended[0].arn, [started()]))
    commit(journal, Prune(NOW + timedelta(seconds=1), 2))
    assert len(journal.executions.page(ExecutionFilter(), limit=9).items) == 3
    commit(journal, Prune(NOW + timedelta(seconds=1), 2))
    assert journal.executions.page(ExecutionFilter(), limit=9).items == [running, young]
    assert list(journal.executions.events(ended[0].arn)) == []
