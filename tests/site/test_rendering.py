"""Rendering the site with Quarto if it is installed, else with nbconvert."""

import io
import json
import os
import re
import shutil
import subprocess
import stat
from base64 import b64encode
from contextlib import redirect_stdout
from hashlib import sha256
from html import unescape
from pathlib import Path
from urllib.parse import urljoin

import nbformat.v4
import pytest

from moviesmlops.builds import link_files, publish_build, verify_build
from moviesmlops.site import Page, SiteFailed, make_site, remove_folded_code, write_security_policy
from support import ROOT, call_command
from visits import PAGES


def test_folded_code_is_removed_from_the_search_index_of_quarto(project, tmp_path):
    (project / "report").mkdir()
    cells = [nbformat.v4.new_code_cell("films[a < b].median()"), nbformat.v4.new_markdown_cell("the median")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), project / "report" / "50_exploration.ipynb")
    index = tmp_path / "search.json"
    text = "Code\nfilms[a &lt; b].median()\nthe median"
    index.write_text(json.dumps([{"href": "report/50_exploration.html#a", "text": text}]))
    remove_folded_code(index, project, [Page("50_exploration.ipynb", "Exploration", "Report", True)])
    assert json.loads(index.read_text())[0]["text"].strip() == "the median"


def copy_project(folder: Path) -> Path:
    """A minimal copy of the repository to render in, which leaves this `report` folder alone."""
    for name in ("nbs", "theme"):
        shutil.copytree(ROOT / name, folder / "clone" / name)
    for name in ("_quarto.yml", "settings.ini"):
        shutil.copy(ROOT / name, folder / "clone")
    return folder / "clone"


@pytest.fixture
def project(tmp_path) -> Path:
    return copy_project(tmp_path)


def fake_quarto(folder: Path, script: str) -> str:
    program = folder / "quarto"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IEXEC)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def test_an_error_of_quarto_stops_the_build_with_its_message(project, report_build, tmp_path, monkeypatch):
    path = fake_quarto(tmp_path, "echo 'Preparing'; echo 'ERROR: no such theme' >&2; exit 1")
    monkeypatch.setenv("PATH", path)
    with pytest.raises(SiteFailed, match="quarto render: ERROR: no such theme") as raised:
        make_site(report_build, "sample", project)
    assert "\n" not in str(raised.value) and not (project / "report").exists()


@pytest.fixture(scope="module")
def site_without_quarto(report_build, tmp_path_factory):
    """The site of the report, rendered with nbconvert for a known address, and what that printed."""
    folder = tmp_path_factory.mktemp("nbconvert")
    for part in ("report", "catalog", "site/ask"):
        shutil.copytree(report_build / part, folder / "build" / part)
    output = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(output):
        patch.setenv("PATH", str(folder))
        patch.setenv("MOVIES_SITE_URL", "https://films.example/site/")
        return make_site(folder / "build", "sample", copy_project(folder)), output.getvalue()


def test_without_quarto_a_message_says_where_to_get_it(site_without_quarto):
    assert "https://quarto.org" in site_without_quarto[1]


def heading_texts_and_links(html: str) -> tuple[list, set]:
    """The headings of a page, and the links in its text."""
    text = re.sub(r"<(script|nav|header|details)\b.*?</\1>", "", html[html.index("<main") :], flags=re.DOTALL)
    headings = re.findall(r"<h[234]\b[^>]*>(.*?)</h[234]>", text, flags=re.DOTALL)
    links = re.findall(r'<a\b[^>]*?\bhref="([^"#][^"]*)"', text)
    texts = [unescape(re.sub("<.*?>", "", heading)).strip() for heading in headings]
    straight_quotes = str.maketrans("“”‘’", "\"\"''")  # Quarto makes them typographic
    return [text.translate(straight_quotes) for text in texts], {urljoin("/eda/report/", link) for link in links}


def test_the_pages_are_the_same_with_and_without_quarto(site_without_quarto, report_build):
    for page in PAGES:
        name = f"report/{Path(page.notebook).stem}.html"
        with_quarto = (report_build / "site" / name).read_text(encoding="utf-8")
        without = (site_without_quarto[0] / name).read_text(encoding="utf-8")
        assert heading_texts_and_links(without) == heading_texts_and_links(with_quarto), name


def test_a_known_address_is_in_the_canonical_links_and_the_sitemap(site_without_quarto):
    sitemap = (site_without_quarto[0] / "sitemap.xml").read_text()
    for name in ["ask/index.html", *(f"report/{Path(page.notebook).stem}.html" for page in PAGES)]:
        address = f"https://films.example/site/{name}"
        assert f'<link rel="canonical" href="{address}">' in (site_without_quarto[0] / name).read_text(encoding="utf-8")
        assert f"<loc>{address}</loc>" in sitemap


def test_the_site_of_a_build_is_rendered_again_without_running_its_notebooks(report_build, tmp_path, monkeypatch):
    published, files = tmp_path / "build", verify_build(report_build)["files"]
    with publish_build(published) as work:
        link_files(report_build, work, ["manifest.json", *files])

    def render(build: Path, source: str) -> None:
        assert (build / "report" / "index.ipynb").exists() and not (build / "site" / "index.html").exists()
        (build / "site" / "index.html").write_text(f"rendered from {source}")

    monkeypatch.setattr("moviesmlops.site.make_site", render)
    assert call_command("report", "--site-only", "--build", published).code == 0
    manifest = verify_build(published)
    assert (published / "site" / "index.html").read_text() == f"rendered from {manifest['source']}"
    assert manifest["sha256"] == verify_build(report_build)["sha256"] and "metrics.json" in manifest["files"]


def test_a_build_without_report_has_no_site_to_render(sample_build):
    result = call_command("report", "--site-only", "--build", sample_build)
    assert result.code == 1 and "make one with: moviesmlops report" in result.message


def test_an_unknown_address_is_nowhere(report_build):
    assert not (report_build / "site" / "sitemap.xml").exists()
    assert "canonical" not in (report_build / "site" / "report" / "04_etl.html").read_text(encoding="utf-8")


def test_the_policy_allows_scripts_and_event_handlers_of_pages_only(tmp_path):
    script, handler, data = "draw()", "window.scrollTo(0, 0);", '{"a": 1}'
    (tmp_path / "page.html").write_text(
        f"""<script type="application/javascript">{script}</script><script type="application/json">{data}</script>
        <a href="" onclick="{handler}">text onclick="alert(1)"</a>"""
    )
    write_security_policy(tmp_path)
    policy = (tmp_path / "policy.txt").read_text()
    allowed = [f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" for text in (script, handler)]
    assert all(digest in policy for digest in allowed) and policy.count("sha256") == 2


@pytest.mark.skipif(not shutil.which("quarto"), reason="needs Quarto")
def test_quarto_without_prepared_pages_says_how_to_make_them(project):
    process = subprocess.run(["quarto", "render"], cwd=project, capture_output=True, text=True)
    assert process.returncode and "make build" in process.stderr and not (project / "_site").exists()


def test_quarto_gets_prepared_pages_without_directives(project, report_build, tmp_path, monkeypatch):
    copy = tmp_path / "copy"
    path = fake_quarto(tmp_path, f"mkdir -p _site/report && cp -r . {copy} && touch _site/report/index.html")
    monkeypatch.setenv("PATH", path)
    build = tmp_path / "build"
    for part in ("report", "catalog", "site/ask"):
        shutil.copytree(report_build / part, build / part)
    site = make_site(build, "sample", project)
    assert (site / "index.html").exists() and (copy / "theme" / "vega.js").exists()
    for page in PAGES:
        cells = json.loads((copy / "report" / page.notebook).read_text())["cells"]
        assert cells[0]["cell_type"] == "raw" and cells[0]["source"][0] == "---\n"
        assert not any(line.startswith("#|") for cell in cells for line in cell["source"])
        kinds = {kind for cell in cells for output in cell.get("outputs", []) for kind in output.get("data", {})}
        assert kinds <= {"text/markdown", "text/plain"}, "HTML would make Quarto fetch require.js"
