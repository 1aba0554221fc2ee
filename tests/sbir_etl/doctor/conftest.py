"""An AWS account on a moto server, and the environment by which clients find it."""

from collections.abc import Iterator

import pytest
from moto.server import ThreadedMotoServer

REGION = "us-east-2"


@pytest.fixture(scope="module")
def aws() -> Iterator[str]:
    """The server's address."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            environment.setenv(variable, "test")
        for variable in ("AWS_REGION", "AWS_DEFAULT_REGION"):
            environment.setenv(variable, REGION)
        yield f"http://{host}:{port}"
    server.stop()
