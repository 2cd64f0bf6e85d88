"""Connections on which no request comes, or no end of one."""

import resource
import socket
import time

import pytest

from support import run_server

SECONDS = 1


@pytest.fixture(scope="module")
def address(sample_build) -> tuple[str, int]:
    """The address of a server with a short timeout."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOVIES_TIMEOUT", str(SECONDS))
        with run_server(sample_build) as client:
            yield client.base_url.host, client.base_url.port


WHOLE = b"GET /salud HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize("sent", [WHOLE[:-2] + b"X-Slow: ", WHOLE], ids=["half a header", "idle after an answer"])
def test_a_connection_on_which_no_request_comes_is_closed(sent, address):
    with socket.create_connection(address, timeout=30) as connection:
        connection.sendall(sent)
        begun = time.monotonic()
        while connection.recv(4096):
            pass
        assert time.monotonic() - begun < SECONDS + 5


def test_headers_that_do_not_end_are_refused(address):
    with socket.create_connection(address, timeout=30) as connection:
        connection.sendall(WHOLE[:-2] + b"X-Long: " + b"a" * 1_000_000)
        assert connection.recv(100).startswith(b"HTTP/1.1 431 ")


def test_two_thousand_silent_connections_keep_nobody_from_being_answered(address):
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)
    if allowed[1] < 3_000:
        pytest.skip("needs 3,000 open files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(allowed[0], 3_000), allowed[1]))
    silent = [socket.create_connection(address, timeout=30) for _ in range(2_000)]
    try:
        with socket.create_connection(address, timeout=5) as connection:
            connection.sendall(WHOLE)
            assert connection.recv(100).startswith(b"HTTP/1.1 200 ")
    finally:
        for connection in silent:
            connection.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, allowed)
