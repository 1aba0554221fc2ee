"""`python -m asl_engine`: its options, and the process as a user meets it."""

import asyncio
import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from asl_engine.__main__ import main, options, serve
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
        (["--services-endpoint", "http://s"], {"services_endpoint": "http://s"}),
        (["--real-aws"], {"real_aws": True}),
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
        ("SERVICES_ENDPOINT", "http://s", {"services_endpoint": "http://s"}),
    ],
)
def test_a_variable_is_read(variable: str, value: str, expected: dict[str, Any]) -> None:
    assert options([], {variable: value}) == ServiceOptions(**expected)


def test_the_mock_configuration_is_named_by_a_variable(tmp_path: Path) -> None:
    path = tmp_path / "mocks.json"
    path.write_text('{"StateMachines": {"m": {"TestCases": {"c": {}}}}}', encoding="utf-8")
    mocks = options([], {"SFN_MOCK_CONFIG": str(path)}).mocks
    assert mocks is not None
    assert mocks.knows("m", "c")


@pytest.mark.parametrize(("option", "said"), [("-h", "--lambda-endpoint"), ("-v", "0.")])
def test_it_explains_itself(option: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        options([option], {})
    assert ended.value.code == 0
    assert said in capsys.readouterr().out


def test_an_option_wins_over_its_variable() -> None:
    assert options(["-region", "eu-west-1"], {"AWS_DEFAULT_REGION": "us-west-2"}).region == "eu-west-1"


def test_it_says_where_it_listens_and_stops_when_told(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "asl_engine", "--port", "0", "--journal", str(tmp_path / "journal.sqlite")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as engine:
        assert engine.stdout is not None
        line = engine.stdout.readline()
        assert line.startswith("Step Functions at http://127.0.0.1:")
        assert "journal.sqlite; console at http://127.0.0.1:" in line
        address = line.split(",")[0].split("http://")[1]
        connection = http.client.HTTPConnection(address, timeout=10)
        connection.request("POST", "/", b"{}", {"X-Amz-Target": "AWSStepFunctions.ListStateMachines"})
        assert connection.getresponse().read() == b'{"stateMachines":[]}'
        connection.close()
        engine.send_signal(signal.SIGINT)
        assert engine.wait(timeout=10) == 0
        assert engine.stdout.read() == ""


def test_it_serves_until_it_is_told_to_stop(capsys: pytest.CaptureFixture[str]) -> None:
    async def run() -> None:
        serving = asyncio.create_task(serve(ServiceOptions(port=0)))
        asyncio.get_running_loop().call_soon(os.kill, os.getpid(), signal.SIGTERM)
        await serving

    asyncio.run(run())
    told, _, console = capsys.readouterr().out.partition("; console at ")
    assert told.endswith("account 123456789012, region us-east-1, journal in memory")
    assert console == f"{told.split(',')[0].removeprefix('Step Functions at ')}/\n"


def test_a_port_in_use_is_said_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert main(["--port", str(taken.getsockname()[1])]) == 1
    message = capsys.readouterr().err
    assert message.startswith("cannot start: ")
    assert message.count("\n") == 1


@pytest.mark.parametrize(
    "wrong",
    [
        ("--port", "65536"),
        ("--port", "-1"),
        ("--port", "x"),
        ("--wait-time-scale", "-1"),
        ("--lambda-endpoint", "nonsense"),
        ("--services-endpoint", "localhost:4566"),
    ],
)
def test_options_that_cannot_be_meant_are_bad_usage(wrong: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        options(wrong, {})
    assert wrong[0] in capsys.readouterr().err


@pytest.mark.parametrize("wrong", ["much", "-1", "inf", "nan"])
def test_a_wrong_variable_is_bad_usage(wrong: str) -> None:
    with pytest.raises(SystemExit, match="2"):
        options((), {"WAIT_TIME_SCALE": wrong})


def test_a_journal_that_cannot_be_used_is_said_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "j").write_text("hello")
    assert main(["--port", "0", "--journal", str(tmp_path / "j")]) == 1
    message = capsys.readouterr().err
    assert message.startswith(f"cannot start: {tmp_path / 'j'}: ")
    assert message.count("\n") == 1
