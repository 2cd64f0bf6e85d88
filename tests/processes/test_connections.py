"""Slow clients: idle connections and incomplete requests."""

import resource
import socket
import time

import pytest

from support import run_server

TIMEOUT = 1  # seconds


@pytest.fixture(scope="module")
def address(sample_build) -> tuple[str, int]:
    """The address of a server with a short timeout."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOVIES_TIMEOUT", str(TIMEOUT))
        with run_server(sample_build) as client:
            yield client.base_url.host, client.base_url.port


REQUEST = b"GET /salud HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize("sent", [REQUEST[:-2] + b"X-Slow: ", REQUEST], ids=["incomplete", "idle"])
def test_an_idle_connection_is_closed(sent, address):
    with socket.create_connection(address, timeout=30) as connection:
        connection.sendall(sent)
        started = time.monotonic()
        while connection.recv(4096):
            pass
        assert time.monotonic() - started < TIMEOUT + 5


def test_headers_that_are_too_long_are_refused(address):
    with socket.create_connection(address, timeout=30) as connection:
        connection.sendall(REQUEST[:-2] + b"X-Long: " + b"a" * 1_000_000)
        assert connection.recv(100).startswith(b"HTTP/1.1 431 ")


def test_two_thousand_silent_connections_do_not_block_a_request(address):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 3_000:
        pytest.skip("needs 3,000 open files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 3_000), hard))
    silent = [socket.create_connection(address, timeout=30) for _ in range(2_000)]
    try:
        with socket.create_connection(address, timeout=5) as connection:
            connection.sendall(REQUEST)
            assert connection.recv(100).startswith(b"HTTP/1.1 200 ")
    finally:
        for connection in silent:
            connection.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
