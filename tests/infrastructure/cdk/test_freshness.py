"""The state machine that measures how old the last success is, run on the engine with AWS's answers made up."""

import asyncio
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from asl_engine.integrations.port import Succeeded, TaskOutcome, TaskRequest
from asl_engine.journal.memory import MemoryJournal
from asl_engine.journal.port import SaveStateMachine, StateMachineRecord
from asl_engine.runtime.clock import TurnedClock
from asl_engine.runtime.engine import Engine, NewExecution
from tests.infrastructure.cdk.conftest import ROOT

DEFINITION = ROOT / "infrastructure/cdk/deployment/freshness.json"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ARN = "arn:aws:states:us-east-2:123456789012:stateMachine:sbir-etl-freshness"
REFRESH = ARN.replace("freshness", "weekly-refresh")


@dataclass
class Services:
    """Answers ListExecutions with the given ends, and takes what is put."""

    ends: list[datetime]
    arguments: list[Any] = field(default_factory=list)

    async def run(self, request: TaskRequest) -> TaskOutcome:
        self.arguments.append(request.arguments)
        return Succeeded({"Executions": [{"StopDate": f"{each:%Y-%m-%dT%H:%M:%S}Z"} for each in self.ends]})


async def measured(services: Services) -> str:
    engine = Engine(journal=MemoryJournal(), resolve=lambda _: services, clock=TurnedClock(NOW), seed=lambda: "seed")
    await engine.open()
    machine = StateMachineRecord(
        arn=ARN,
        name="sbir-etl-freshness",
        type="STANDARD",
        definition=DEFINITION.read_text(encoding="utf-8"),
        role_arn="arn:aws:iam::123456789012:role/freshness",
        revision_id="1",
        created_at=NOW,
        updated_at=NOW,
    )
    await engine.journal.commit([SaveStateMachine(machine)])
    arn = f"{ARN.replace(':stateMachine:', ':execution:')}:now"
    given = json.dumps({"state_machine_arn": REFRESH})
    await engine.start_execution(NewExecution(arn=arn, name="now", state_machine=machine, input=given))
    try:
        return (await engine.settled(arn)).status
    finally:
        await engine.close()


@pytest.mark.parametrize(
    ("ends", "days"), [([NOW - timedelta(days=8, hours=6)], 8.25), ([], 999)], ids=["late", "never succeeded"]
)
def test_the_age_of_the_last_success_is_put_as_the_metric_that_the_alarm_looks_at(
    ends: list[datetime], days: float
) -> None:
    services = Services(ends)
    assert asyncio.run(measured(services)) == "SUCCEEDED"
    found, put = services.arguments
    assert found == {"StateMachineArn": REFRESH, "StatusFilter": "SUCCEEDED", "MaxResults": 1}
    assert put == {"Namespace": "sbir-etl", "MetricData": [{"MetricName": "days_since_success", "Value": days}]}
