"""Starting, warming, stopping and dying."""

import asyncio
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from time import monotonic, sleep
from typing import Any

import pytest

from lambda_host.host import FunctionSpec, HostOptions, LambdaHost


def call(endpoint: str, function_name: str, event: object, **headers: str) -> Any:
    connection = http.client.HTTPConnection(endpoint.removeprefix("http://"), timeout=20)
    connection.request("POST", f"/2015-03-31/functions/{function_name}/invocations", json.dumps(event), headers)
    body = connection.getresponse().read()
    connection.close()
    return json.loads(body)


def wait_until_gone(process_id: int) -> None:
    deadline = monotonic() + 10
    status = Path(f"/proc/{process_id}/status")
    while monotonic() < deadline:
        try:
            if "State:\tZ" in status.read_text():
                return
        except OSError:
            return
        sleep(0.01)
    pytest.fail(f"process {process_id} lives on")


def test_a_warmed_function_has_initialised_before_its_first_call(
    start_host: Callable[..., Any], code_path: Path, tmp_path: Path
) -> None:
    def spec(name: str) -> FunctionSpec:
        environment = {"PYTHONPATH": str(code_path), "MARK": str(tmp_path / name)}
        return FunctionSpec(name, "marking_functions.answer", environment=environment)

    host = start_host(spec("one"), spec("two"))
    host.run(host.host.warm("one"))
    assert (tmp_path / "one").exists()
    assert not (tmp_path / "two").exists()
    host.run(host.host.warm())
    assert (tmp_path / "two").exists()
    assert call(host.host.endpoint, "one", {}) == 42


def test_initialisation_has_a_limit_of_its_own(
    start_host: Callable[..., Any], make_function: Callable[..., FunctionSpec]
) -> None:
    host = start_host(make_function("never", module="slow_functions"), initialisation_seconds=0.3)
    assert call(host.host.endpoint, "never", {})["errorType"] == "Sandbox.Timedout"


def test_a_process_that_died_idle_is_replaced(
    start_host: Callable[..., Any], make_function: Callable[..., FunctionSpec]
) -> None:
    host = start_host(make_function("echo"))
    first = call(host.host.endpoint, "echo", {})["pid"]
    os.kill(first, signal.SIGKILL)
    wait_until_gone(first)
    answer = call(host.host.endpoint, "echo", {})
    assert answer.get("pid", first) != first or answer["errorType"] == "Runtime.ExitError"
    assert call(host.host.endpoint, "echo", {})["calls"] >= 1


def test_logs_that_cannot_be_written_are_a_service_error_and_free_the_process(
    start_host: Callable[..., Any], make_function: Callable[..., FunctionSpec], caplog: pytest.LogCaptureFixture
) -> None:
    host = start_host(make_function("echo"), concurrency=1)
    host.log_directory.write_text("a file where the directory should be")
    assert call(host.host.endpoint, "echo", {})["Type"] == "Service"
    host.log_directory.unlink()
    assert call(host.host.endpoint, "echo", {})["calls"] == 1


def test_a_process_nobody_calls_is_ended_and_started_again_when_needed(
    start_host: Callable[..., Any], make_function: Callable[..., FunctionSpec]
) -> None:
    host = start_host(make_function("echo"), idle_seconds=0.05)
    first = call(host.host.endpoint, "echo", {})
    wait_until_gone(first["pid"])
    assert call(host.host.endpoint, "echo", {})["calls"] == 1


def test_stopping_kills_warm_and_busy_processes(tmp_path: Path, make_function: Callable[..., FunctionSpec]) -> None:
    async def run_and_stop() -> list[int]:
        options = HostOptions(log_directory=tmp_path)
        async with LambdaHost([make_function("echo"), make_function("hang")], options) as host:
            warm = (await asyncio.to_thread(call, host.endpoint, "echo", {}))["pid"]
            reader, writer = await asyncio.open_connection("127.0.0.1", int(host.endpoint.rsplit(":", 1)[1]))
            request = b"POST /2015-03-31/functions/hang/invocations HTTP/1.1\r\nHost: x\r\n"
            writer.write(request + b"X-Amz-Invocation-Type: Event\r\nContent-Length: 0\r\n\r\n")
            writer.write(request + b"Content-Length: 0\r\n\r\n")
            assert b"202" in await reader.readline()
            await host.warm("echo")
            writer.close()
        return [warm]

    for process_id in asyncio.run(run_and_stop()):
        wait_until_gone(process_id)


def test_what_a_process_started_does_not_outlive_it(
    start_host: Callable[..., Any], make_function: Callable[..., FunctionSpec]
) -> None:
    host = start_host(make_function("start_child"))
    call(host.host.endpoint, "start_child", {})
    wait_until_gone(next(int(line) for line in host.logs("start_child")[0].splitlines() if line.isdigit()))


def test_a_killed_host_takes_its_functions_along(code_path: Path, tmp_path: Path) -> None:
    program = dedent(
        """
        import asyncio, sys
        from pathlib import Path
        from lambda_host.host import FunctionSpec, HostOptions, LambdaHost

        async def main():
            functions = [FunctionSpec("sleep", "sample_functions.hang", 60)]
            async with LambdaHost(functions, HostOptions(log_directory=Path(sys.argv[1]))) as host:
                await host.warm()
                print(host.endpoint, flush=True)
                await asyncio.Event().wait()

        asyncio.run(main())
        """
    )
    environment = {**os.environ, "PYTHONPATH": str(code_path)}
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, env=environment
    ) as host:
        assert host.stdout is not None
        host.stdout.readline()
        children = Path(f"/proc/{host.pid}/task/{host.pid}/children").read_text().split()
        assert children
        host.kill()
    for child in children:
        wait_until_gone(int(child))


def test_a_handler_of_another_host_ends_at_once() -> None:
    ended = subprocess.run([sys.executable, "-m", "lambda_host.runtime_process", "1", "json.loads"], check=False)
    assert ended.returncode == 1


def test_a_port_in_use_is_an_error(make_function: Callable[..., FunctionSpec], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        options = HostOptions(log_directory=tmp_path, port=taken.getsockname()[1])
        with pytest.raises(OSError, match="in use"):
            asyncio.run(LambdaHost([make_function("echo")], options).start())


def test_the_host_listens_on_both_loopback_addresses(
    start_host: Callable[..., Any], make_function: Callable[..., FunctionSpec]
) -> None:
    host = start_host(make_function("echo"))
    port = host.host.endpoint.rsplit(":", 1)[1]
    assert call(f"http://[::1]:{port}", "echo", {"v": 6})["event"] == {"v": 6}


def test_a_web_page_cannot_call_a_function(
    start_host: Callable[..., Any], make_function: Callable[..., FunctionSpec]
) -> None:
    host = start_host(make_function("echo"))
    answer = call(host.host.endpoint, "echo", {}, Origin="https://example.org")
    assert answer["Message"] == "web pages may not call functions"


def test_other_paths_are_unknown_operations(
    start_host: Callable[..., Any], make_function: Callable[..., FunctionSpec]
) -> None:
    host = start_host(make_function("echo"))
    assert call(host.host.endpoint, "echo/versions", {})["Message"].endswith("is not served here")


def test_a_process_that_cannot_start_is_a_service_error(
    start_host: Callable[..., Any], make_function: Callable[..., FunctionSpec], caplog: pytest.LogCaptureFixture
) -> None:
    host = start_host(FunctionSpec("broken", "sample_functions.echo", environment={"NUL": "\0"}))
    assert call(host.host.endpoint, "broken", {})["Type"] == "Service"
    assert "request failed" in caplog.text
