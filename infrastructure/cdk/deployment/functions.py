"""The ten functions of `sbir_etl.lambdas.FUNCTIONS`, each with a role of its own, all from one zip."""

from pathlib import Path
from typing import Final

from aws_cdk import App, Duration, Size, Stack, aws_iam, aws_lambda, aws_logs

from deployment.arns import arn
from deployment.logs import log_group
from deployment.permissions import ACCESS, Access
from deployment.review import acknowledge
from deployment.stage import InvalidContext, Stage
from sbir_etl.lambdas import FUNCTIONS, Function

ROOT: Final = Path(__file__).parents[3]
TOPIC: Final = "sbir-etl-alerts"

# Two at a time would write to one graph, or move one pointer; the second waits in the task's retries.
ALONE: Final = frozenset({"reset_neo4j", "load_neo4j", "smoke_checks"})
# The award file, its Parquet and DuckDB's spill are on the disk together: 0.4 + 0.2 + up to 2 GB.
SCRATCH_MB: Final = 4096
NEEDS_NO_ROOM: Final = frozenset({"record_error", "create_pr", "reset_neo4j"})


def add_functions(app: App, stage: Stage, **stack_properties: object) -> Stack:
    """The stack `sbir-etl-functions`. Raises: InvalidContext when the zip was not built."""
    stack = Stack(app, "sbir-etl-functions", description="The steps of the refresh", **stack_properties)
    code = _code(stage)
    for function in FUNCTIONS.values():
        _add(stack, stage, function, code)
    acknowledge(stack, "AwsSolutions-L1", "Python 3.13 is what the project is tested with")
    return stack


def identifier(function: Function) -> str:
    """The name of its construct, as its state is named: DownloadCsv."""
    return "".join(part.capitalize() for part in function.step.split("_"))


def function_arn(stack: Stack, function: Function) -> str:
    """Where the state machine calls it."""
    return arn(stack, "lambda", "function", function.name)


def _code(stage: Stage) -> aws_lambda.Code:
    if stage.placeholder_code:
        return aws_lambda.Code.from_asset(str(Path(__file__).parent / "placeholder"))
    path = ROOT / stage.functions_zip
    if not path.exists():
        raise InvalidContext(f"{path}: not there, wanted the functions' zip; run `make package` first")
    return aws_lambda.Code.from_asset(str(path))


def _add(stack: Stack, stage: Stage, function: Function, code: aws_lambda.Code) -> None:
    logs = log_group(stack, f"{identifier(function)}Logs", f"/aws/lambda/{function.name}", stage)
    aws_lambda.Function(
        stack,
        identifier(function),
        function_name=function.name,
        runtime=aws_lambda.Runtime.PYTHON_3_13,
        architecture=aws_lambda.Architecture.ARM_64,
        handler=function.handler,
        code=code,
        role=_role(stack, stage, function, logs),
        memory_size=function.memory_mb,
        timeout=Duration.seconds(function.timeout_seconds),
        ephemeral_storage_size=Size.mebibytes(512 if function.step in NEEDS_NO_ROOM else SCRATCH_MB),
        reserved_concurrent_executions=1 if function.step in ALONE else None,
        environment={**stage.settings(), **_own_settings(stack, stage, ACCESS[function.step])},
        logging_format=aws_lambda.LoggingFormat.JSON,
        log_group=logs,
    )


def _own_settings(stack: Stack, stage: Stage, access: Access) -> dict[str, str]:
    settings: dict[str, str] = {}
    if access.neo4j and stage.neo4j_uri:
        settings |= {
            "SBIR_ETL_NEO4J_URI": stage.neo4j_uri,
            "SBIR_ETL_NEO4J_USER": stage.neo4j_user,
            "SBIR_ETL_NEO4J_PASSWORD_SECRET": stage.neo4j_password_secret,
        }
    if access.github:
        settings |= {
            "SBIR_ETL_GITHUB_REPOSITORY": stage.repository,
            "SBIR_ETL_GITHUB_BASE": stage.branch,
            "SBIR_ETL_GITHUB_TOKEN_SECRET": stage.github_token_secret,
        }
    if access.topic:
        settings["SBIR_ETL_SNS_TOPIC_ARN"] = topic_arn(stack)
    return settings


def topic_arn(stack: Stack) -> str:
    """Where the alerts go, by name: the topic belongs to the observability stack."""
    return str(stack.format_arn(service="sns", resource=TOPIC))


def _role(stack: Stack, stage: Stage, function: Function, logs: aws_logs.LogGroup) -> aws_iam.Role:
    role = aws_iam.Role(
        stack,
        f"{identifier(function)}Role",
        role_name=f"{function.name}-{stage.region}",
        assumed_by=aws_iam.ServicePrincipal("lambda.amazonaws.com"),
        inline_policies={"Step": aws_iam.PolicyDocument(statements=_statements(stack, stage, function))},
    )
    logs.grant_write(role)
    for pattern in _wildcards(stage, ACCESS[function.step]):
        acknowledge(role, f"AwsSolutions-IAM5[Resource::{pattern}]", "Keys carry the run's name or the file's hash")
    return role


def _statements(stack: Stack, stage: Stage, function: Function) -> list[aws_iam.PolicyStatement]:
    access = ACCESS[function.step]
    keys = (("s3:GetObject", access.reads), ("s3:PutObject", access.writes), ("s3:DeleteObject", access.removes))
    statements = [_allow(action, *_objects(stage, patterns)) for action, patterns in keys if patterns]
    if access.writes:
        statements.append(_allow("s3:AbortMultipartUpload", *_objects(stage, access.writes)))
    # Unconditional: without the right to list, S3 answers 403 instead of 404 for a key that is not there yet.
    statements.append(_allow("s3:ListBucket", f"arn:aws:s3:::{stage.bucket}"))
    if secrets := _secrets(stage, access):
        statements.append(_allow("secretsmanager:GetSecretValue", *(_secret_arn(stack, each) for each in secrets)))
    if access.topic:
        statements.append(_allow("sns:Publish", topic_arn(stack)))
    return statements


def _secrets(stage: Stage, access: Access) -> list[str]:
    github = [stage.github_token_secret] if access.github else []
    return github + ([stage.neo4j_password_secret] if access.neo4j and stage.neo4j_uri else [])


def _secret_arn(stack: Stack, name: str) -> str:
    """Made by hand, so that its value is in no template; AWS puts six characters behind a secret's name."""
    return arn(stack, "secretsmanager", "secret", f"{name}-??????")


def _allow(action: str, *resources: str) -> aws_iam.PolicyStatement:
    return aws_iam.PolicyStatement(actions=[action], resources=list(resources))


def _objects(stage: Stage, patterns: tuple[str, ...]) -> list[str]:
    return [f"arn:aws:s3:::{stage.bucket}/{pattern}" for pattern in patterns]


def _wildcards(stage: Stage, access: Access) -> list[str]:
    patterns = {*access.reads, *access.writes, *access.removes}
    return sorted(each for each in _objects(stage, tuple(patterns)) if each.endswith("*"))
