"""`python -m asl_engine`: the engine on its own, with the options and variables of AWS Step Functions Local.

https://docs.aws.amazon.com/step-functions/latest/dg/sfn-local-config-options.html
"""

import argparse
import asyncio
import math
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final

from asl_engine.integrations import mocked_responses
from asl_engine.integrations.mocked_responses import InvalidMockConfiguration, MockConfiguration
from asl_engine.journal.sqlite import JournalError
from asl_engine.local import DEFAULT_PORT, Service, ServiceOptions

_SERVICES: Final = ("lambda", "batch", "dynamoDB", "ecs", "glue", "sageMaker", "sqs", "sns", "stepFunctions")


def options(arguments: Sequence[str], environment: Mapping[str, str]) -> ServiceOptions:
    """An option wins over its variable, and that over the default."""
    given = _parser(environment).parse_args(arguments)
    endpoints = {name.lower(): url for name in _SERVICES if (url := getattr(given, f"{name}_endpoint")) is not None}
    return ServiceOptions(
        journal=given.journal,
        logs=given.logs,
        port=given.port,
        account=given.account,
        region=given.region,
        lambda_endpoint=endpoints.pop("lambda", None),
        endpoints=endpoints,
        services_endpoint=given.services_endpoint,
        real_aws=given.real_aws,
        mocks=_mocks(environment.get("SFN_MOCK_CONFIG")),
        wait_time_scale=given.wait_time_scale,
        durability=given.durability,
    )


def _mocks(path: str | None) -> MockConfiguration | None:
    return mocked_responses.load(Path(path)) if path else None


def _parser(environment: Mapping[str, str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m asl_engine", description="Step Functions on this machine.")
    add = parser.add_argument
    add("-v", "--version", action="version", version=version("sbir-etl"))
    add("--port", type=_port, default=DEFAULT_PORT, help="0 takes a free one (default: %(default)s)")
    add("--journal", type=Path, metavar="FILE", help="where executions are kept (default: in memory only)")
    add(
        "--logs",
        type=Path,
        metavar="DIR",
        help="folder of execution logs (default: beside the journal)",
    )
    add("--durability", choices=("process", "power"), default="process", help="what a commit survives the loss of")
    add("-account", "--aws-account", dest="account", default=environment.get("AWS_ACCOUNT_ID", "123456789012"))
    add("-region", "--aws-region", dest="region", default=environment.get("AWS_DEFAULT_REGION", "us-east-1"))
    add(
        *("-waitTimeScale", "--wait-time-scale"),
        dest="wait_time_scale",
        type=_scale,
        default=environment.get("WAIT_TIME_SCALE", "1"),
        help="0 does not wait at all, 0.5 half as long (default: %(default)s)",
    )
    for service in _SERVICES:
        variable = _variable(service)
        add(
            *(f"-{service}Endpoint", _long_option(service)),
            dest=f"{service}_endpoint",
            type=_url,
            metavar="URL",
            default=environment.get(variable),
            help=f"also ${variable}",
        )
    add(
        "--services-endpoint",
        type=_url,
        metavar="URL",
        default=environment.get("SERVICES_ENDPOINT"),
        help="where every service is that has no endpoint of its own; also $SERVICES_ENDPOINT",
    )
    add(
        "--real-aws",
        action="store_true",
        help="call services that have no endpoint on AWS, with your credentials (default: their tasks fail)",
    )
    return parser


def _scale(text: str) -> float:
    scale = float(text)
    if not 0 <= scale < math.inf:
        raise ValueError
    return scale


def _url(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise ValueError
    return text


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise ValueError
    return port


def _variable(service: str) -> str:
    words = {"sageMaker": "SAGE_MAKER", "stepFunctions": "STEP_FUNCTIONS"}
    return f"{words.get(service, service.upper())}_ENDPOINT"


def _long_option(service: str) -> str:
    words = {"sageMaker": "sagemaker", "stepFunctions": "step-functions"}
    return f"--{words.get(service, service.lower())}-endpoint"


async def serve(chosen: ServiceOptions) -> None:
    """Serve until SIGTERM or SIGINT."""
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with Service(chosen) as service:
        owner = f"account {chosen.account}, region {chosen.region}"
        place = f"journal in {chosen.journal or 'memory'}"
        sys.stdout.write(f"Step Functions at {service.endpoint}, {owner}, {place}; console at {service.console}\n")
        sys.stdout.flush()
        await stopped.wait()


def main(arguments: Sequence[str]) -> int:
    try:
        asyncio.run(serve(options(arguments, os.environ)))
    except (OSError, JournalError, InvalidMockConfiguration) as error:
        sys.stderr.write(f"cannot start: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
