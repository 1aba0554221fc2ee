"""The services that Step Functions integrates in a way of its own, as one table: their actions, patterns and jobs.

See https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html
"""

from collections.abc import Mapping
from typing import Final

from asl_engine.history.resources import Pattern, Resource
from asl_engine.integrations.actions import Action, Job, Place, Service

_REQUEST: Final = Pattern.REQUEST_RESPONSE
_SYNC: Final = Pattern.SYNC
_TOKEN: Final = Pattern.WAIT_FOR_TASK_TOKEN
_REQUEST_OR_SYNC: Final = frozenset({_REQUEST, _SYNC})


_DYNAMODB_HEADERS: Final = {
    "Server": "Server",
    "Connection": "keep-alive",
    "x-amzn-RequestId": "",
    "x-amz-crc32": "",
    "Content-Length": "",
    "Date": "",
    "Content-Type": "",
}
# AWS answers reads of single items with this spelling, and in this order.
_DYNAMODB_READ_HEADERS: Final = {
    "Server": "Server",
    "x-amzn-requestid": "",
    "Connection": "keep-alive",
    "x-amz-crc32": "",
    "Content-Length": "",
    "Date": "",
    "Content-Type": "",
}


def _with_token(failures: tuple[Place, str] | None = None) -> Action:
    return Action(patterns=frozenset({_REQUEST, _TOKEN}), failures=failures)


def _with_job(job: Job, *, token: bool = False, failures: tuple[Place, str] | None = None) -> Action:
    patterns = _REQUEST_OR_SYNC | {_TOKEN} if token else _REQUEST_OR_SYNC
    return Action(patterns=patterns, job=job, failures=failures)


def _job(operation: str, parameters: Mapping[str, Place], ends: tuple[Place, str, str], result: Place = "") -> Job:
    """`ends` are the place of the status, and the good and the bad ones, each in one text."""
    status, succeeded, failed = ends
    return Job(
        operation=operation,
        parameters=parameters,
        status=status,
        succeeded=frozenset(succeeded.split()),
        failed=frozenset(failed.split()),
        result=result,
    )


def _sagemaker(kind: str) -> Action:
    name = f"{kind}JobName"
    ends = (f"{kind}JobStatus", "Completed", "Failed Stopped")
    return _with_job(_job(f"Describe{kind}Job", {name: f"request.{name}"}, ends))


_BATCH_JOB: Final = _job("DescribeJobs", {"jobs": "[answer.JobId]"}, ("jobs.0.status", "SUCCEEDED", "FAILED"), "jobs.0")
_ECS_TASK: Final = Job(
    operation="DescribeTasks",
    parameters={"cluster": "request.Cluster", "tasks": "[answer.Tasks.0.TaskArn]"},
    status="tasks.0.lastStatus",
    succeeded=frozenset({"STOPPED"}),
    failed=frozenset(),
    result="tasks.0",
    exit_codes="tasks.0.containers.exitCode",
)
_GLUE_RUN: Final = _job(
    "GetJobRun",
    {"JobName": "request.JobName", "RunId": "answer.JobRunId"},
    ("JobRun.JobRunState", "SUCCEEDED", "FAILED STOPPED TIMEOUT ERROR EXPIRED"),
    "JobRun",
)
_DATABREW_RUN: Final = _job(
    "DescribeJobRun",
    {"Name": "request.Name", "RunId": "answer.RunId"},
    ("State", "SUCCEEDED", "FAILED STOPPED TIMEOUT"),
)
_ATHENA_QUERY: Final = _job(
    "GetQueryExecution",
    {"QueryExecutionId": "answer.QueryExecutionId"},
    ("QueryExecution.Status.State", "SUCCEEDED", "FAILED CANCELLED"),
)
_BUILD: Final = _job(
    "BatchGetBuilds",
    {"ids": "[answer.Build.Id]"},
    ("builds.0.buildStatus", "SUCCEEDED", "FAILED FAULT STOPPED TIMED_OUT"),
    "builds.0",
)
_BUILD_BATCH: Final = _job(
    "BatchGetBuildBatches",
    {"ids": "[answer.BuildBatch.Id]"},
    ("buildBatches.0.buildBatchStatus", "SUCCEEDED", "FAILED FAULT STOPPED TIMED_OUT"),
    "buildBatches.0",
)
_EMR_CLUSTER: Final = Job(
    operation="DescribeCluster",
    parameters={"ClusterId": "answer.ClusterId"},
    status="Cluster.Status.State",
    succeeded=frozenset({"WAITING"}),
    failed=frozenset({"TERMINATED", "TERMINATED_WITH_ERRORS"}),
    kept=("ClusterId", "ClusterArn"),
)
_EMR_END: Final = _job(
    "DescribeCluster",
    {"ClusterId": "request.ClusterId"},
    ("Cluster.Status.State", "TERMINATED", "TERMINATED_WITH_ERRORS"),
)
_EMR_STEP: Final = _job(
    "DescribeStep",
    {"ClusterId": "request.ClusterId", "StepId": "answer.StepId"},
    ("Step.Status.State", "COMPLETED", "FAILED CANCELLED INTERRUPTED"),
)
_CONTAINER_RUN: Final = _job(
    "DescribeJobRun",
    {"id": "answer.Id", "virtualClusterId": "answer.VirtualClusterId"},
    ("jobRun.state", "COMPLETED", "FAILED CANCELLED"),
    "jobRun",
)
_VIRTUAL_CLUSTER_END: Final = _job(
    "DescribeVirtualCluster",
    {"id": "answer.Id"},
    ("virtualCluster.state", "TERMINATED", "ARRESTED"),
    "virtualCluster",
)
_SERVERLESS_RUN: Final = _job(
    "GetJobRun",
    {"applicationId": "answer.ApplicationId", "jobRunId": "answer.JobRunId"},
    ("jobRun.state", "SUCCESS", "FAILED CANCELLED"),
    "jobRun",
)
_MEDIA_JOB: Final = _job("GetJob", {"Id": "answer.Job.Id"}, ("Job.Status", "COMPLETE", "CANCELED ERROR"))
_CUSTOMIZATION: Final = _job(
    "GetModelCustomizationJob",
    {"jobIdentifier": "answer.JobArn"},
    ("status", "Completed", "Failed Stopped"),
)


def _application(wanted: str, *, source: str = "request", failed: str = "TERMINATED") -> Action:
    ends = ("application.state", wanted, failed)
    return _with_job(_job("GetApplication", {"applicationId": f"{source}.ApplicationId"}, ends, "application"))


SERVICES: Final[Mapping[str, Service]] = {
    "athena": Service(
        client="athena",
        error_prefix="Athena",
        sdk_name="AmazonAthena",
        exception="AmazonAthenaException",
        actions={
            "startQueryExecution": _with_job(_ATHENA_QUERY),
            "stopQueryExecution": Action(),
            "getQueryExecution": Action(),
            "getQueryResults": Action(),
        },
    ),
    "batch": Service(
        client="batch",
        error_prefix="Batch",
        sdk_name="AWSBatch",
        exception="AWSBatchException",
        actions={"submitJob": _with_job(_BATCH_JOB, token=True)},
    ),
    "bedrock": Service(
        client="bedrock",
        error_prefix="Bedrock",
        sdk_name="AmazonBedrock",
        exception="AmazonBedrockException",
        actions={
            "invokeModel": Action(client="bedrock-runtime", json=frozenset({"Body"}), headers={}),
            "createModelCustomizationJob": _with_job(_CUSTOMIZATION),
        },
    ),
    "codebuild": Service(
        client="codebuild",
        error_prefix="CodeBuild",
        sdk_name="AWSCodeBuild",
        exception="AWSCodeBuildException",
        actions={
            "startBuild": _with_job(_BUILD),
            "stopBuild": Action(),
            "batchDeleteBuilds": Action(),
            "batchGetReports": Action(),
            "startBuildBatch": _with_job(_BUILD_BATCH),
            "stopBuildBatch": Action(),
            "retryBuildBatch": Action(),
            "deleteBuildBatch": Action(),
        },
    ),
    "databrew": Service(
        client="databrew",
        error_prefix="DataBrew",
        sdk_name="AWSGlueDataBrew",
        exception="AWSGlueDataBrewException",
        actions={"startJobRun": _with_job(_DATABREW_RUN)},
    ),
    "dynamodb": Service(
        client="dynamodb",
        error_prefix="DynamoDB",
        sdk_name="AmazonDynamoDBv2",
        exception="AmazonDynamoDBException",
        actions={
            "getItem": Action(headers=_DYNAMODB_READ_HEADERS),
            "putItem": Action(),
            "updateItem": Action(),
            "deleteItem": Action(),
        },
        headers=_DYNAMODB_HEADERS,
    ),
    "ecs": Service(
        client="ecs",
        error_prefix="ECS",
        sdk_name="AmazonECS",
        exception="AmazonECSException",
        actions={"runTask": _with_job(_ECS_TASK, token=True, failures=("failures", "AmazonECS.Unknown"))},
    ),
    "elasticmapreduce": Service(
        client="emr",
        error_prefix="ElasticMapReduce",
        sdk_name="AmazonElasticMapReduce",
        exception="AmazonElasticMapReduceException",
        actions={
            "createCluster": Action(
                patterns=_REQUEST_OR_SYNC,
                operation="RunJobFlow",
                results={"ClusterId": "JobFlowId", "ClusterArn": "ClusterArn"},
                job=_EMR_CLUSTER,
            ),
            "terminateCluster": Action(
                patterns=_REQUEST_OR_SYNC,
                operation="TerminateJobFlows",
                parameters={"ClusterId": "[JobFlowIds]"},
                job=_EMR_END,
            ),
            "setClusterTerminationProtection": Action(
                operation="SetTerminationProtection", parameters={"ClusterId": "[JobFlowIds]"}
            ),
            "addStep": Action(
                patterns=_REQUEST_OR_SYNC,
                operation="AddJobFlowSteps",
                parameters={"ClusterId": "JobFlowId", "Step": "[Steps]"},
                results={"StepId": "StepIds.0"},
                job=_EMR_STEP,
            ),
            "cancelStep": Action(operation="CancelSteps", parameters={"StepId": "[StepIds]"}),
        },
    ),
    "emr-containers": Service(
        client="emr-containers",
        error_prefix="EMRContainers",
        sdk_name="AmazonEMRContainers",
        exception="AmazonEMRContainersException",
        actions={
            "createVirtualCluster": Action(),
            "deleteVirtualCluster": _with_job(_VIRTUAL_CLUSTER_END),
            "startJobRun": _with_job(_CONTAINER_RUN),
        },
    ),
    "emr-serverless": Service(
        client="emr-serverless",
        error_prefix="EMRServerless",
        sdk_name="EMRServerless",
        exception="AWSEMRServerlessException",
        actions={
            "createApplication": _application("CREATED STARTED", source="answer"),
            "startApplication": _application("STARTED"),
            "stopApplication": _application("STOPPED"),
            "deleteApplication": _application("TERMINATED", failed=""),
            "startJobRun": _with_job(_SERVERLESS_RUN),
            "cancelJobRun": Action(),
        },
    ),
    "events": Service(
        client="events",
        error_prefix="EventBridge",
        sdk_name="AmazonEventBridge",
        exception="AmazonEventBridgeException",
        actions={"putEvents": _with_token(failures=("FailedEntryCount", "EventBridge.FailedEntry"))},
        headers={},
    ),
    "glue": Service(
        client="glue",
        error_prefix="Glue",
        sdk_name="AWSGlue",
        exception="AWSGlueException",
        actions={"startJobRun": _with_job(_GLUE_RUN)},
    ),
    "mediaconvert": Service(
        client="mediaconvert",
        error_prefix="MediaConvert",
        sdk_name="AWSMediaConvert",
        exception="AWSMediaConvertException",
        actions={"createJob": _with_job(_MEDIA_JOB)},
    ),
    "sagemaker": Service(
        client="sagemaker",
        error_prefix="SageMaker",
        sdk_name="AmazonSageMaker",
        exception="AmazonSageMakerException",
        actions={
            "createEndpoint": Action(),
            "createEndpointConfig": Action(),
            "createHyperParameterTuningJob": _sagemaker("HyperParameterTuning"),
            "createLabelingJob": _with_job(
                _job(
                    "DescribeLabelingJob",
                    {"LabelingJobName": "request.LabelingJobName"},
                    ("LabelingJobStatus", "Completed", "Failed Stopped"),
                )
            ),
            "createModel": Action(),
            "createProcessingJob": _sagemaker("Processing"),
            "createTrainingJob": _sagemaker("Training"),
            "createTransformJob": _sagemaker("Transform"),
            "updateEndpoint": Action(),
        },
    ),
    "sns": Service(
        client="sns",
        error_prefix="SNS",
        sdk_name="AmazonSNS",
        exception="AmazonSNSException",
        actions={"publish": _with_token()},
    ),
    "sqs": Service(
        client="sqs",
        error_prefix="SQS",
        sdk_name="AmazonSQS",
        exception="AmazonSQSException",
        actions={"sendMessage": _with_token()},
    ),
}


def find(resource: Resource) -> tuple[Service, str, Action] | None:
    """The service, the action's name and the action of `arn:aws:states:::service:action[.pattern]`."""
    service = SERVICES.get(resource.service)
    name = resource.action.partition(".")[0]
    action = None if service is None else service.actions.get(name)
    if service is None or action is None or resource.pattern not in action.patterns:
        return None
    if resource.action != f"{name}{resource.pattern}":
        return None
    return service, name, action
