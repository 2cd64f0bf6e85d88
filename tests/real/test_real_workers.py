"""Two workers over the real table share its arrays in memory."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import httpx2
import psutil
import pytest

from support import serving

MEGABYTE, KINDS = 2**20, ("coseno", "knn")


def mapped(process: int, folder: Path) -> tuple[int, int]:
    """Bytes of a folder's files that a process has in memory, and its share of them."""
    resident = share = 0
    ours = False
    for line in Path(f"/proc/{process}/smaps").read_text().splitlines():
        if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
            ours = str(folder) in line
        elif ours and line.startswith(("Rss:", "Pss:")):
            kilobytes = int(line.split()[1])
            resident, share = (resident + kilobytes, share) if line[0] == "R" else (resident, share + kilobytes)
    return resident * 1024, share * 1024


def share_of_memory(process: int) -> int:
    """The proportional set size of a process: what it shares counts in part."""
    rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
    return int(re.search(r"^Pss:\s+(\d+)", rollup, re.MULTILINE)[1]) * 1024


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="needs Linux, which tells of shared memory")
def test_two_workers_share_the_arrays_and_each_stays_small(real_build, monkeypatch):
    monkeypatch.setenv("WEB_CONCURRENCY", "2")
    monkeypatch.setenv("MOVIES_METRICS", "1")
    limits = httpx2.Limits(max_keepalive_connections=0)  # each request on a connection of its own, to either worker
    with serving(real_build) as client, httpx2.Client(base_url=client.base_url, limits=limits) as asking:
        titles = [film["titulo"] for film in client.get("/titulos?q=t&max=50").json()]
        models = real_build.resolve() / "models"
        paths = [f"/recomendacion/{quote(title, safe='')}?modelo={kind}" for title in titles for kind in KINDS]
        asked, workers, shares = 0, [], []
        for _ in range(20):  # until both have answered for a while
            with ThreadPoolExecutor(16) as threads:
                assert {answer.status_code for answer in threads.map(asking.get, paths)} == {200}
            asked += len(paths)
            workers = [child.pid for child in psutil.Process(client.process).children()]
            shares = [mapped(worker, models) for worker in workers]
            if all(resident > MEGABYTE for resident, _ in shares):
                break
        counted = re.findall(r'movies_requests_total\{.*recomendacion.*\} (\d+)', client.get("/metricas").text)
        assert sum(map(int, counted)) == asked, "both workers' requests are counted together"
        assert len(workers) == 2
        assert sum(share for _, share in shares) < 0.8 * sum(resident for resident, _ in shares)
        assert all(share_of_memory(worker) < 256 * MEGABYTE for worker in workers)
