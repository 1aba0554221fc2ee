"""The running stand-in for GitHub: edge, then the proxy that holds GitHub's description, then the operations."""

import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import uvicorn
from starlette.applications import Starlette

from tests.github_api import edge, stand_in
from tests.github_api.description import Tools
from tests.github_api.edge import Guard
from tests.github_api.stand_in import Repository


@dataclass
class GitHub:
    """A running stand-in: `address` is its API's."""

    address: str
    repositories: dict[str, Repository] = field(default_factory=dict)
    guards: dict[str, Guard] = field(default_factory=dict)

    def create(self, folder: Path, *, token: str) -> tuple[Repository, Guard]:
        """A new and empty repository with a name of its own."""
        owner, name = "acme", f"awards-{len(self.repositories)}"
        repository = Repository(folder / f"{name}.git", address=self.address, owner=owner, name=name)
        guard = Guard(token=token)
        self.repositories[f"{owner}/{name}"], self.guards[f"{owner}/{name}"] = repository, guard
        return repository, guard


@contextmanager
def running(tools: Tools | None) -> Iterator[GitHub]:
    with ExitStack() as stack:
        github = GitHub("")
        origin = stack.enter_context(_serving(stand_in.application(github.repositories)))
        upstream = stack.enter_context(_proxying(tools, origin)) if tools else origin
        client = stack.enter_context(httpx.Client(base_url=upstream, timeout=20, trust_env=False))
        github.address = stack.enter_context(_serving(edge.application(github.guards, client)))
        yield github


@contextmanager
def _serving(app: Starlette) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", ws="none"))
    # With the protocol named, asyncio sends without delay; else every answer waits 40 ms for an acknowledgement.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


@contextmanager
def _proxying(tools: Tools, origin: str) -> Iterator[str]:
    port = _free_port()
    command = [tools.node, str(tools.prism), "proxy", str(tools.description), origin]
    command += ["--errors", "--host", "127.0.0.1", "--port", str(port), "--verboseLevel", "error"]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        _await(process, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _await(process: "subprocess.Popen[bytes]", port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert process.poll() is None, "Prism ended before it listened"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError("Prism does not listen after a minute")
