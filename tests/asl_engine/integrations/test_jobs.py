"""Jobs that `.sync` tasks wait for."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import botocore.session
import pytest

from asl_engine.integrations import jobs
from asl_engine.integrations.actions import Action, Job
from asl_engine.integrations.optimised import SERVICES
from asl_engine.integrations.port import Failed, Submitted, Succeeded, TaskOutcome, TaskRequest
from asl_engine.integrations.sdk_clients import Caller, Endpoints, Reply, SdkClients
from asl_engine.integrations.sdk_shapes import OPTIMISED
from asl_engine.integrations.services import Services
from asl_engine.language.values import JSON

JOBS = [
    (name, action_name, action) for name, service in SERVICES.items() for action_name, action in service.actions.items()
]
SESSION = botocore.session.Session()


def model(service: str, operation: str, client: str = "") -> Any:
    return SESSION.get_service_model(client or SERVICES[service].client).operation_model(operation)


def shape_at(shape: Any, place: str) -> Any:
    """The shape that a place of the table leads to; a wrong place raises."""
    for step in filter(None, place.split(".")):
        if shape.type_name == "list":
            shape = shape.member
        shape = shape if step.isdigit() else shape.members[OPTIMISED.members(shape).get(step, step)]
    return shape


@pytest.mark.parametrize(("service", "name", "action"), JOBS, ids=lambda value: value if isinstance(value, str) else "")
def test_the_table_fits_the_models_of_the_services(service: str, name: str, action: Action) -> None:
    request = model(service, action.operation or name[0].upper() + name[1:], action.client)
    for renamed in action.parameters.values():
        shape_at(request.input_shape, renamed.strip("[]"))
    for place in (*action.results.values(), *action.json, *(action.failures or ())[:1]):
        shape_at(request.output_shape, place)
    if action.job is None:
        return
    description = model(service, action.job.operation)
    for parameter, place in action.job.parameters.items():
        assert parameter in description.input_shape.members
        source, _, rest = place.strip("[]").partition(".")
        own = action.parameters if source == "request" else action.results
        if rest not in own:
            shape_at(request.input_shape if source == "request" else request.output_shape, rest)
    status = shape_at(description.output_shape, action.job.status)
    assert (action.job.succeeded | action.job.failed) <= set(status.enum or action.job.succeeded | action.job.failed)
    shape_at(description.output_shape, action.job.result)
    shape_at(description.output_shape, action.job.exit_codes)


ECS_TASK = SERVICES["ecs"].actions["runTask"].job
assert ECS_TASK is not None


@pytest.mark.parametrize(
    ("status", "codes", "verdict"),
    [("RUNNING", [0], None), ("STOPPED", [0, 0], True), ("STOPPED", [0, 1], False), ("STOPPED", [], True)],
)
def test_an_ecs_task_succeeds_when_all_its_containers_exit_with_0(
    status: str, codes: list[int], verdict: object
) -> None:
    assert ECS_TASK is not None
    containers = [{"exitCode": code} for code in codes]
    assert jobs.verdict(ECS_TASK, {"tasks": [{"lastStatus": status, "containers": containers}]}) is verdict


def test_a_job_is_described_by_what_was_asked_and_answered() -> None:
    assert ECS_TASK is not None
    answer: JSON = {"Tasks": [{"TaskArn": "arn"}]}
    assert jobs.parameters(ECS_TASK, {"Cluster": "c"}, answer) == {"cluster": "c", "tasks": ["arn"]}
    assert jobs.parameters(ECS_TASK, {}, answer) == {"tasks": ["arn"]}


def test_a_jobs_result_is_its_part_of_the_description() -> None:
    job = Job(operation="", parameters={}, status="", succeeded=frozenset(), failed=frozenset(), result="jobs.0")
    description: JSON = {"Jobs": [{"JobId": "1"}]}
    assert jobs.result(job, {"JobName": "n"}, description, OPTIMISED) == {"JobId": "1"}
    assert jobs.result(replace(job, kept=("JobName",)), {"JobName": "n"}, description, OPTIMISED) == {
        "JobName": "n",
        "JobId": "1",
    }
    assert jobs.result(replace(job, result="jobs.1"), {}, description, OPTIMISED) is None


class ScriptedClients(SdkClients):
    """Real models, and answers from a script."""

    def __init__(self, answers: Mapping[str, list[dict[str, Any]]]) -> None:
        super().__init__(Endpoints())
        self.calls: list[tuple[str, Mapping[str, Any]]] = []
        self._answers = {name: iter(answer) for name, answer in answers.items()}

    async def call(self, client: str, caller: Caller, operation: str, parameters: Mapping[str, Any]) -> Reply:
        self.calls.append((operation, parameters))
        return Reply(values=next(self._answers[operation]), status=200, request_id="r", headers={})


@pytest.fixture
def follow(request_of: Callable[..., TaskRequest]) -> Callable[[str, JSON, ScriptedClients], Any]:
    """Run a `.sync` task to its end; returns the outcomes and the pauses between."""

    def run(resource: str, arguments: JSON, scripted: ScriptedClients) -> tuple[list[TaskOutcome], list[float]]:
        pauses: list[float] = []

        async def pause(seconds: float) -> None:
            pauses.append(seconds)

        async def work() -> list[TaskOutcome]:
            services = Services(scripted, pause=pause)
            first = await services.run(request_of(resource, arguments))
            assert isinstance(first, Submitted)
            return [first, await services.run(request_of(resource, arguments, submitted=first.output))]

        outcomes = asyncio.run(work())
        scripted.close()
        return outcomes, pauses

    return run


def test_a_sync_task_looks_at_its_job_until_it_has_ended(follow: Any) -> None:
    scripted = ScriptedClients(
        {
            "StartJobRun": [{"JobRunId": "run-1"}],
            "GetJobRun": [
                {"JobRun": {"Id": "run-1", "JobRunState": "RUNNING"}},
                {"JobRun": {"Id": "run-1", "JobRunState": "RUNNING"}},
                {"JobRun": {"Id": "run-1", "JobRunState": "SUCCEEDED"}},
            ],
        }
    )
    outcomes, pauses = follow("glue:startJobRun.sync", {"JobName": "job"}, scripted)
    assert outcomes[0].output["JobRunId"] == "run-1"
    assert outcomes[1] == Succeeded({"Id": "run-1", "JobRunState": "SUCCEEDED"})
    assert scripted.calls[1] == ("GetJobRun", {"JobName": "job", "RunId": "run-1"})
    assert pauses == [0.5, 1.0]


def test_a_failed_job_is_the_cause_of_its_tasks_failure(follow: Any) -> None:
    scripted = ScriptedClients(
        {
            "SubmitJob": [{"jobId": "1", "jobName": "n"}],
            "DescribeJobs": [{"jobs": [{"jobId": "1", "status": "FAILED", "statusReason": "no"}]}],
        }
    )
    arguments = {"JobName": "n", "JobQueue": "q", "JobDefinition": "d"}
    outcomes, _ = follow("batch:submitJob.sync", arguments, scripted)
    assert isinstance(outcomes[1], Failed)
    assert outcomes[1].failure.error == "States.TaskFailed"
    cause = json.loads(str(outcomes[1].failure.cause))
    assert cause == {"JobId": "1", "Status": "FAILED", "StatusReason": "no"}


def test_a_request_made_again_has_the_token_of_the_first(request_of: Callable[..., TaskRequest]) -> None:
    """ECS starts nothing twice for one token."""
    scripted = ScriptedClients({"RunTask": [{"tasks": [], "failures": []}] * 3})
    services = Services(scripted, pause=asyncio.sleep)
    requests = (
        request_of("ecs:runTask", {"TaskDefinition": "d"}),
        request_of("ecs:runTask", {"TaskDefinition": "d"}),
        request_of("ecs:runTask", {"TaskDefinition": "d"}, task_id="another"),
    )

    async def work() -> None:
        for request in requests:
            await services.run(request)

    asyncio.run(work())
    scripted.close()
    tokens = [parameters["clientToken"] for _, parameters in scripted.calls]
    assert tokens[0] == tokens[1] != tokens[2]


def test_a_step_of_a_cluster_is_written_and_read_as_step_functions_does(follow: Any) -> None:
    scripted = ScriptedClients(
        {
            "AddJobFlowSteps": [{"StepIds": ["s-1"]}],
            "DescribeStep": [{"Step": {"Id": "s-1", "Status": {"State": "COMPLETED"}}}],
        }
    )
    step: JSON = {"Name": "n", "HadoopJarStep": {"Jar": "j"}}
    outcomes, _ = follow("elasticmapreduce:addStep.sync", {"ClusterId": "c", "Step": step}, scripted)
    assert outcomes[0].output["StepId"] == "s-1"
    assert outcomes[1] == Succeeded({"Step": {"Id": "s-1", "Status": {"State": "COMPLETED"}}})
    assert scripted.calls == [
        ("AddJobFlowSteps", {"JobFlowId": "c", "Steps": [step]}),
        ("DescribeStep", {"ClusterId": "c", "StepId": "s-1"}),
    ]


@pytest.mark.parametrize(("body", "shown"), [(b'{"a": 1}', {"a": 1}), (b"text", "text")])
def test_what_a_model_answers_is_shown_as_json(
    request_of: Callable[..., TaskRequest], body: bytes, shown: JSON
) -> None:
    scripted = ScriptedClients({"InvokeModel": [{"body": body, "contentType": "application/json"}]})
    request = request_of("bedrock:invokeModel", {"ModelId": "m", "Body": {"prompt": "p"}})
    outcome = asyncio.run(Services(scripted, pause=asyncio.sleep).run(request))
    scripted.close()
    assert outcome == Succeeded({"Body": shown, "ContentType": "application/json"})
    assert scripted.calls == [("InvokeModel", {"modelId": "m", "body": b'{"prompt":"p"}'})]
