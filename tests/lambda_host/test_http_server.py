"""The HTTP server: whatever a client sends, others go on."""

import asyncio
import socket

import pytest

from lambda_host.http_server import HttpServer, Request, Response


async def echo(request: Request) -> Response:
    return Response(200, request.path.encode() + b"|" + request.body)


def converse(head: bytes, *pieces: bytes) -> bytes:
    """Talk to an echoing server, each piece sent once something came back; what it said until it closed."""

    async def run() -> bytes:
        server = HttpServer(echo)
        await server.listen(0)
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(head)
        answer = b""
        for piece in pieces:
            answer += await reader.read(65536)
            writer.write(piece)
        writer.write_eof()
        answer += await reader.read()
        writer.close()
        await server.close()
        return answer

    return asyncio.run(run())


def test_two_requests_share_a_connection() -> None:
    request = b"POST /%s HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab"
    answer = converse(request % b"one", request % b"t%20o")
    assert answer.count(b"HTTP/1.1 200") == 2
    assert b"/one|ab" in answer
    assert b"/t o|ab" in answer


def test_a_chunked_body_is_put_together() -> None:
    answer = converse(b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n")
    assert answer.endswith(b"/|abc")


def test_a_client_that_waits_for_100_is_told_to_continue() -> None:
    answer = converse(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n", b"x")
    assert answer.startswith(b"HTTP/1.1 100")
    assert answer.endswith(b"/|x")


@pytest.mark.parametrize(
    "noise", [b"", b"\x16\x03\x01 not http\r\n\r\n", b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nx"]
)
def test_noise_and_broken_off_requests_close_the_connection(noise: bytes) -> None:
    assert converse(noise) == b""


def test_a_body_beyond_all_bounds_closes_the_connection() -> None:
    head = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999\r\n\r\n"
    assert converse(head + b"x" * (64 * 1024 * 1024 + 1)) == b""


def test_the_client_may_ask_to_close() -> None:
    answer = converse(b"GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    assert b"onnection: close" in answer


def answering(port: int, *hosts: str) -> list[bytes]:
    """What an echoing server on the port answers at each address."""

    async def run() -> list[bytes]:
        server = HttpServer(echo)
        await server.listen(port, ipv6=True)
        answers = []
        for host in hosts:
            reader, writer = await asyncio.open_connection(host, server.port)
            writer.write(b"GET /there HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            answers.append((await reader.read()).rpartition(b"\r\n")[2])
            writer.close()
        await server.close()
        return answers

    return asyncio.run(run())


def test_both_addresses_answer_on_the_same_port() -> None:
    assert answering(0, "127.0.0.1", "::1") == [b"/there|", b"/there|"]


def test_where_the_ipv6_port_is_taken_the_other_address_is_enough() -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as taken:
        assert answering(taken.getsockname()[1], "127.0.0.1") == [b"/there|"]
