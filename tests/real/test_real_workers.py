"""Two workers share the arrays of the real table in memory."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import httpx2
import psutil
import pytest

from support import run_server

MEGABYTE, MODELS = 2**20, ("coseno", "knn")


def mapped_memory(process: int, folder: Path) -> tuple[int, int]:
    """The resident and the proportional size, in bytes, of a folder's files in the memory of a process."""
    resident = share = 0
    in_folder = False
    for line in Path(f"/proc/{process}/smaps").read_text().splitlines():
        if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
            in_folder = str(folder) in line
        elif in_folder and line.startswith(("Rss:", "Pss:")):
            kilobytes = int(line.split()[1])
            resident, share = (resident + kilobytes, share) if line[0] == "R" else (resident, share + kilobytes)
    return resident * 1024, share * 1024


def proportional_memory(process: int) -> int:
    """The proportional set size of a process in bytes; shared memory is divided between the processes."""
    rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
    return int(re.search(r"^Pss:\s+(\d+)", rollup, re.MULTILINE)[1]) * 1024


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="needs /proc of Linux")
def test_two_workers_share_the_arrays_and_use_little_memory(real_build, monkeypatch):
    monkeypatch.setenv("WEB_CONCURRENCY", "2")
    monkeypatch.setenv("MOVIES_METRICS", "1")
    limits = httpx2.Limits(max_keepalive_connections=0)  # new connections, so that both workers get requests
    with run_server(real_build) as client, httpx2.Client(base_url=client.base_url, limits=limits) as other_client:
        titles = [film["titulo"] for film in client.get("/titulos?q=t&max=50").json()]
        models = real_build.resolve() / "models"
        paths = [f"/recomendacion/{quote(title, safe='')}?modelo={model}" for title in titles for model in MODELS]
        sent, workers, shares = 0, [], []
        for _ in range(20):  # until both workers have answered requests
            with ThreadPoolExecutor(16) as threads:
                assert {answer.status_code for answer in threads.map(other_client.get, paths)} == {200}
            sent += len(paths)
            workers = [child.pid for child in psutil.Process(client.process).children()]
            shares = [mapped_memory(worker, models) for worker in workers]
            if all(resident > MEGABYTE for resident, _ in shares):
                break
        counts = re.findall(r"movies_requests_total\{.*recomendacion.*\} (\d+)", client.get("/metricas").text)
        assert sum(map(int, counts)) == sent, "both workers' requests are counted together"
        assert len(workers) == 2
        assert sum(share for _, share in shares) < 0.8 * sum(resident for resident, _ in shares)
        assert all(proportional_memory(worker) < 256 * MEGABYTE for worker in workers)
