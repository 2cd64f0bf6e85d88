"""Connections on which no request comes, or no end of one."""

import socket

import pytest


@pytest.mark.parametrize("sent", [b"", b"GET /salud HTTP/1.1\r\nHost: x\r\nX-Slow: "], ids=["nothing", "half a header"])
def test_a_connection_on_which_no_request_comes_is_closed(sent, server):
    with socket.create_connection((server.base_url.host, server.base_url.port), timeout=30) as line:
        line.sendall(sent)
        assert line.recv(1) == b"", "the server closes it"


def test_headers_that_do_not_end_are_refused(server):
    with socket.create_connection((server.base_url.host, server.base_url.port), timeout=30) as line:
        line.sendall(b"GET /salud HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 1_000_000)
        assert line.recv(100).startswith(b"HTTP/1.1 400 ")
