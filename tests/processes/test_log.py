"""Whoever reads the log may stop or exit: the service goes on, and is stopped as fast as ever."""

import os

import pytest

from support import run_server


def test_a_reader_of_the_log_that_stalls_stops_nobody_and_later_reads_what_is_left(sample_build):
    reading, writing = os.pipe()
    with run_server(sample_build, log=writing, errors=writing) as client:
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
    with run_server(sample_build, log=writing, errors=writing) as client:
        os.close(writing)
        os.close(reading)
        status = client.get(path).status_code
        assert {client.get(path).status_code for _ in range(50)} == {status} and status < 500
