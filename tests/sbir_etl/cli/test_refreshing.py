"""`sbir-etl refresh` on this machine: the engine in the main thread, the person's view in another."""

import json
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from sbir_etl import local

pytestmark = pytest.mark.timeout(120)
ENDLESS = "{% $contains($pad('', 90000, 'a'), /a*a*a*a*b/) %}"


@pytest.mark.usefixtures("untraced")
def test_an_expression_without_end_ends_with_its_execution(tmp_path: Path) -> None:
    definition = {
        "QueryLanguage": "JSONata",
        "StartAt": "Match",
        "States": {"Match": {"Type": "Pass", "Output": ENDLESS, "End": True}},
    }

    def work(endpoint: str, _interrupted: threading.Event) -> dict[str, Any]:
        client = local.client(endpoint)
        machine = client.create_state_machine(name="endless", definition=json.dumps(definition), roleArn=local.ROLE_ARN)
        started = client.start_execution(stateMachineArn=machine["stateMachineArn"])
        while (ended := client.describe_execution(executionArn=started["executionArn"]))["status"] == "RUNNING":
            pass
        return dict(ended)

    ended = local.running(local.open_workspace(tmp_path), work)
    assert (ended["status"], ended["error"]) == ("FAILED", "States.QueryEvaluationError")
    assert "takes too long" in ended["cause"]


def test_ctrl_c_leaves_what_was_begun_to_the_next_refresh(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        source = f"http://127.0.0.1:{silent.getsockname()[1]}/award_data.csv"
        command = [sys.executable, "-m", "sbir_etl", "refresh", "--workspace", str(tmp_path), "--source", source]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            silent.accept()[0].close()
            process.send_signal(signal.SIGINT)
            said, _ = process.communicate()
    assert process.returncode == 130
    assert "Interrupted. What was begun goes on at the next `sbir-etl refresh`." in said
