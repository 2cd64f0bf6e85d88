"""The reader of the log may stop or exit without an effect on the service."""

import os

import pytest

from support import run_server


def test_a_reader_of_the_log_that_stalls_blocks_no_request_and_gets_the_latest_lines(sample_build):
    read_end, write_end = os.pipe()
    with run_server(sample_build, log=write_end, errors=write_end) as client:
        os.close(write_end)
        for number in range(4_000):  # a pipe holds some 600 lines, the queue 2,000
            assert client.get("/peliculas_mes/enero", headers={"X-Request-ID": f"n{number}"}).status_code == 200
        log = os.read(read_end, 2**20)
        assert client.get("/salud", headers={"X-Request-ID": "last"}).status_code == 200
        while b'"last"' not in log:
            log += os.read(read_end, 2**20)
            assert client.get("/salud").status_code == 200
        assert b'{"dropped":' in log and b'"id":"n3999"' in log
        client.server.terminate()
        assert client.server.wait(4) == 0, "the server does not wait for the reader"
    os.close(read_end)


@pytest.mark.parametrize("path", ["/peliculas_mes/enero", "/retorno/Godzila"])
def test_a_reader_of_the_log_that_exits_closes_no_connection(path, sample_build):
    read_end, write_end = os.pipe()
    with run_server(sample_build, log=write_end, errors=write_end) as client:
        os.close(write_end)
        os.close(read_end)
        status = client.get(path).status_code
        assert {client.get(path).status_code for _ in range(50)} == {status} and status < 500
