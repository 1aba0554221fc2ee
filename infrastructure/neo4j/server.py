"""Starts a real Neo4j Community server on this machine, for tests and for trying things out.

    python infrastructure/neo4j/server.py --home build/neo4j/server --port 7687 --password letmein123

Java 17 or 21 runs it; Maven fetches it once, into a folder outside version control. When the server answers, one line
of JSON says where it is: `{"uri": …, "user": "neo4j", "password": …, "pid": …}`. It ends with this script: on Ctrl-C,
on SIGTERM, and with --until-stdin-closes when whoever holds the other end of stdin is gone, however that came about.
"""

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from filelock import FileLock
from neo4j import GraphDatabase

HERE = Path(__file__).parent
CACHE = HERE.parents[1] / "build" / "neo4j"
# As Neo4j's own start script has them, without which it logs warnings or falls back to slower file access.
JAVA_OPTIONS = (
    "--add-opens=java.base/java.nio=ALL-UNNAMED",
    "--add-opens=java.base/java.io=ALL-UNNAMED",
    "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
    "-XX:+UseSerialGC",
)
# Compiles quickly instead of well: halves the processor time of a start, and costs a server that lives for minutes.
SHORT_LIVED = "-XX:TieredStopAtLevel=1"
CONFIGURATION = """
server.bolt.listen_address=127.0.0.1:{port}
server.http.enabled=false
server.https.enabled=false
server.memory.pagecache.size={page_cache}
db.tx_log.rotation.retention_policy=keep_none
dbms.usage_report.enabled=false
"""


class Unavailable(Exception):
    """The server cannot be had on this machine; the message says what is missing."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a server until it is told to stop."""
    options = _options(arguments)
    signal.signal(signal.SIGTERM, _stop)
    try:
        jars = fetch()
        with running(jars, options) as (server, port):
            _choose_password(port, options.password)
            place = {"uri": f"bolt://127.0.0.1:{port}", "user": "neo4j", "password": options.password}
            print(json.dumps(place | {"pid": server.pid}), flush=True)  # noqa: T201 - the script's answer
            _wait(server, until_stdin_closes=options.until_stdin_closes)
    except Unavailable as reason:
        print(reason, file=sys.stderr)  # noqa: T201 - the script's answer
        return 3
    except KeyboardInterrupt:
        pass
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Run a Neo4j Community server on this machine.")
    parser.add_argument("--home", type=Path, default=CACHE / "server", help="where it keeps its data and logs")
    parser.add_argument("--port", type=int, default=0, help="for Bolt; 0 takes a free one")
    parser.add_argument("--password", default="local-only", help="for the user neo4j, set at the first start")
    parser.add_argument("--heap", default="512m")
    parser.add_argument("--page-cache", default="128m")
    parser.add_argument("--short-lived", action="store_true", help="start and end quickly, at the price of speed")
    parser.add_argument("--until-stdin-closes", action="store_true")
    return parser.parse_args(arguments)


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def fetch() -> Path:
    """The folder with the server's jars, fetched when they are not there yet. Raises: Unavailable."""
    for program in ("java", "mvn"):
        if shutil.which(program) is None:
            raise Unavailable(f"{program}: not on the PATH; wanted for a Neo4j server (Java 17 or 21, and Maven)")
    version = ET.parse(HERE / "pom.xml").findtext("{http://maven.apache.org/POM/4.0.0}version")  # noqa: S314
    jars = CACHE / f"jars-{version}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with FileLock(CACHE / "fetching.lock"):
        if not jars.is_dir():
            _fetch_into(jars)
    return jars


def _fetch_into(jars: Path) -> None:
    partial = jars.with_name("partial")
    shutil.rmtree(partial, ignore_errors=True)
    fetched = subprocess.run(
        ["mvn", "-q", "-B", "-f", HERE / "pom.xml", "dependency:copy-dependencies", f"-DoutputDirectory={partial}"],
        capture_output=True,
        text=True,
        check=False,
    )
    if fetched.returncode != 0:
        first = next((line for line in fetched.stdout.splitlines() if "ERROR" in line), "no reason given")
        raise Unavailable(f"Maven: could not fetch the Neo4j server: {first}")
    partial.rename(jars)


@contextmanager
def running(jars: Path, options: argparse.Namespace) -> Iterator[tuple["subprocess.Popen[str]", int]]:
    """A server that has said it started, and the port it listens on."""
    port = options.port or _free_port()
    (options.home / "conf").mkdir(parents=True, exist_ok=True)
    (options.home / "conf" / "neo4j.conf").write_text(CONFIGURATION.format(port=port, page_cache=options.page_cache))
    # A server that was killed leaves its process id behind.
    (options.home / "run" / "neo4j.pid").unlink(missing_ok=True)
    server = subprocess.Popen(_command(jars, options), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        _await_start(server)
        yield server, port
    finally:
        # Whoever starts a server for minutes does not wait for its orderly end.
        (server.kill if options.short_lived else server.terminate)()
        server.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _command(jars: Path, options: argparse.Namespace) -> list[str]:
    home = options.home.absolute()
    return [
        "java",
        f"-Xmx{options.heap}",
        *JAVA_OPTIONS,
        *([SHORT_LIVED] if options.short_lived else []),
        *("-cp", f"{jars}{os.sep}*"),
        "org.neo4j.server.CommunityEntryPoint",
        *("--home-dir", str(home), "--config-dir", str(home / "conf"), "--console-mode"),
    ]


def _await_start(server: "subprocess.Popen[str]") -> None:
    """Reads what our own process says: that the port answers would not prove who answers."""
    assert server.stdout is not None
    said = []
    for line in server.stdout:
        said.append(line)
        if line.rstrip().endswith("Started."):
            return
    raise Unavailable(f"Neo4j: ended before it had started:\n{''.join(said[-20:])}")


def _choose_password(port: int, password: str) -> None:
    """A new server has the password `neo4j`, which must be changed before anything else is allowed."""
    with GraphDatabase.driver(f"bolt://127.0.0.1:{port}", auth=("neo4j", password)) as driver:
        if driver.verify_authentication():
            return
    with GraphDatabase.driver(f"bolt://127.0.0.1:{port}", auth=("neo4j", "neo4j")) as driver:
        change = "ALTER CURRENT USER SET PASSWORD FROM 'neo4j' TO $password"
        driver.execute_query(change, password=password, database_="system")


def _wait(server: "subprocess.Popen[str]", *, until_stdin_closes: bool) -> None:
    if until_stdin_closes:
        sys.stdin.read()
    else:
        server.wait()


if __name__ == "__main__":
    sys.exit(main())
