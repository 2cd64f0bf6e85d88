"""The reader of the log may stop or exit without an effect on the service."""

import os
import subprocess
from pathlib import Path

import httpx2
import pytest

from support import COMMAND, free_port, is_answering, run_server, wait_until


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


def test_a_server_without_standard_streams_writes_its_log_nowhere(sample_build):
    port = free_port()
    words = [COMMAND, "serve", "--build", str(sample_build), "--port", str(port)]
    server = subprocess.Popen(["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *words])
    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            wait_until(lambda: is_answering(client, server))
        children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
        for process in (server.pid, *children):
            assert {os.readlink(f"/proc/{process}/fd/{number}") for number in (1, 2)} == {"/dev/null"}
    finally:
        server.terminate()
        server.wait(10)


def test_a_server_starts_though_its_log_cannot_be_written(sample_build):
    with open("/dev/full", "wb") as full, run_server(sample_build, log=full) as client:
        assert client.get("/peliculas_mes/enero").status_code == 200
