"""`python -m asl_engine`: its options, and the process as a user meets it."""

import http.client
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from asl_engine.__main__ import options
from asl_engine.local import ServiceOptions


def test_without_anything_step_functions_locals_defaults_hold() -> None:
    assert options([], {}) == ServiceOptions()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--port", "9000"], {"port": 9000}),
        (["--journal", "x/j.sqlite"], {"journal": Path("x/j.sqlite")}),
        (["--durability", "power"], {"durability": "power"}),
        (["-account", "222222222222"], {"account": "222222222222"}),
        (["--aws-account", "222222222222"], {"account": "222222222222"}),
        (["-region", "eu-west-1"], {"region": "eu-west-1"}),
        (["--aws-region", "eu-west-1"], {"region": "eu-west-1"}),
        (["-waitTimeScale", "0.5"], {"wait_time_scale": 0.5}),
        (["--wait-time-scale", "0"], {"wait_time_scale": 0.0}),
        (["-lambdaEndpoint", "http://l"], {"lambda_endpoint": "http://l"}),
        (["--lambda-endpoint", "http://l"], {"lambda_endpoint": "http://l"}),
        (["-batchEndpoint", "http://b"], {"endpoints": {"batch": "http://b"}}),
        (["--dynamodb-endpoint", "http://d"], {"endpoints": {"dynamodb": "http://d"}}),
        (["-sageMakerEndpoint", "http://s"], {"endpoints": {"sagemaker": "http://s"}}),
        (["--sagemaker-endpoint", "http://s"], {"endpoints": {"sagemaker": "http://s"}}),
        (["--step-functions-endpoint", "http://f"], {"endpoints": {"stepfunctions": "http://f"}}),
    ],
)
def test_an_option_is_read(arguments: Sequence[str], expected: dict[str, Any]) -> None:
    assert options(arguments, {}) == ServiceOptions(**expected)


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("AWS_ACCOUNT_ID", "222222222222", {"account": "222222222222"}),
        ("AWS_DEFAULT_REGION", "eu-west-1", {"region": "eu-west-1"}),
        ("WAIT_TIME_SCALE", "0", {"wait_time_scale": 0.0}),
        ("LAMBDA_ENDPOINT", "http://l", {"lambda_endpoint": "http://l"}),
        ("DYNAMODB_ENDPOINT", "http://d", {"endpoints": {"dynamodb": "http://d"}}),
        ("SAGE_MAKER_ENDPOINT", "http://s", {"endpoints": {"sagemaker": "http://s"}}),
        ("STEP_FUNCTIONS_ENDPOINT", "http://f", {"endpoints": {"stepfunctions": "http://f"}}),
    ],
)
def test_a_variable_is_read(variable: str, value: str, expected: dict[str, Any]) -> None:
    assert options([], {variable: value}) == ServiceOptions(**expected)


def test_an_option_wins_over_its_variable() -> None:
    assert options(["-region", "eu-west-1"], {"AWS_DEFAULT_REGION": "us-west-2"}).region == "eu-west-1"


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_listens_and_stops_when_told(tmp_path: Path, stop: signal.Signals) -> None:
    command = [sys.executable, "-m", "asl_engine", "--port", "0", "--journal", str(tmp_path / "journal.sqlite")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as engine:
        assert engine.stdout is not None
        line = engine.stdout.readline()
        assert line.startswith("Step Functions at http://127.0.0.1:")
        assert line.rstrip().endswith("journal.sqlite")
        address = line.split(",")[0].split("http://")[1]
        connection = http.client.HTTPConnection(address, timeout=10)
        connection.request("POST", "/", b"{}", {"X-Amz-Target": "AWSStepFunctions.ListStateMachines"})
        assert connection.getresponse().read() == b'{"stateMachines":[]}'
        connection.close()
        engine.send_signal(stop)
        assert engine.wait(timeout=10) == 0
        assert engine.stdout.read() == ""


def test_a_port_in_use_is_said_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        command = [sys.executable, "-m", "asl_engine", "--port", str(taken.getsockname()[1])]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert ended.returncode == 1
    assert ended.stderr.startswith("cannot start: ")
    assert ended.stderr.count("\n") == 1
