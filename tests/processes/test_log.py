"""Whoever reads the log may stop or exit: the service goes on, and is stopped as fast as ever."""

import os
import subprocess
from contextlib import contextmanager

import httpx2
import pytest

from support import COMMAND, free_port, is_answering, wait_until


@contextmanager
def logging_to(descriptor: int, build):
    """A server that writes its log, and what goes wrong, to a file descriptor."""
    port = free_port()
    command = [COMMAND, "serve", "--build", str(build), "--port", str(port)]
    server = subprocess.Popen(command, stdout=descriptor, stderr=descriptor)
    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
            wait_until(lambda: is_answering(client, server))
            client.server = server
            yield client
    finally:
        server.kill()
        server.wait()


def test_a_reader_of_the_log_that_stalls_stops_nobody_and_later_reads_what_is_left(sample_build):
    reading, writing = os.pipe()
    with logging_to(writing, sample_build) as client:
        os.close(writing)
        for number in range(4_000):  # a pipe holds some 600 lines, the queue 2,000
            assert client.get("/peliculas_mes/enero", headers={"X-Request-ID": f"n{number}"}).status_code == 200
        read = os.read(reading, 2**20)
        assert client.get("/salud", headers={"X-Request-ID": "last"}).status_code == 200
        while b'"last"' not in read:
            read += os.read(reading, 2**20)
            assert client.get("/salud").status_code == 200
        assert b'{"dropped":' in read and b'"id":"n3999"' in read
        client.server.terminate()
        assert client.server.wait(4) == 0, "it does not wait for the reader"
    os.close(reading)


@pytest.mark.parametrize("path", ["/peliculas_mes/enero", "/retorno/Godzila"])
def test_a_reader_of_the_log_that_exits_resets_no_connection(path, sample_build):
    reading, writing = os.pipe()
    with logging_to(writing, sample_build) as client:
        os.close(writing)
        os.close(reading)
        status = client.get(path).status_code
        assert {client.get(path).status_code for _ in range(50)} == {status} and status < 500
