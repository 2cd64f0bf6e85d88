"""The sources of the raw table, and the errors of wrong ones."""

import gzip
import http.server
import os
import threading
import zipfile
from pathlib import Path

import fsspec
import pandas as pd
import pytest

from independent import raw_rows
from moviesmlops.sources import (
    COLUMNS, SAMPLE_PATH, DamagedSource, DownloadFailed, MissingPackage, NotAFilmTable, SourceNotFound, check_columns,
    download, load_raw, locate_file, parse_csv, resolve_source,
)  # fmt: skip

CONTENT = SAMPLE_PATH.read_bytes()


@pytest.fixture(scope="module")
def sample():
    return load_raw("sample")


def assert_same(rows: pd.DataFrame, expected: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(rows, expected, check_dtype=False)


def test_no_field_is_lost_or_split(sample):
    expected = [[row[name] for name in COLUMNS] for row in raw_rows(SAMPLE_PATH)]
    assert sample.fillna("").to_numpy().tolist() == expected


@pytest.mark.parametrize("name", ["films.csv", "films.csv.gz", "films.zip", "films.parquet"])
def test_the_table_is_read_in_four_file_formats(tmp_path, sample, name):
    path = tmp_path / name
    if name.endswith("gz"):
        path.write_bytes(gzip.compress(CONTENT))
    elif name.endswith("zip"):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("archive/movies_metadata.csv", CONTENT)
            archive.writestr("archive/ratings_small.csv", "userId,movieId\n")
    elif name.endswith("parquet"):
        sample.to_parquet(path)
    else:
        path.write_bytes(CONTENT)
    assert_same(load_raw(str(path)), sample)


def test_compression_does_not_change_the_digest(tmp_path, sample):
    compressed = tmp_path / "films.csv.gz"
    compressed.write_bytes(gzip.compress(CONTENT))
    assert load_raw(str(compressed)).attrs["sha256"] == sample.attrs["sha256"]


def write_shards(folder: Path, rows: pd.DataFrame, count: int) -> None:
    """Split the table into files, written in the reverse order of their names."""
    size = -(-len(rows) // count)
    for number in reversed(range(count)):
        rows[number * size : (number + 1) * size].to_parquet(folder / f"part-{number}.parquet")


def test_several_files_are_one_table_in_the_order_of_their_names(tmp_path, sample):
    write_shards(tmp_path, sample, 4)
    whole = load_raw(str(tmp_path / "*.parquet"))
    assert_same(whole, sample)
    assert whole.index.equals(sample.index)


def test_compressed_files_and_a_file_in_a_store_are_read(tmp_path, sample):
    for number in (2, 1):
        (tmp_path / f"films-{number}.csv.gz").write_bytes(gzip.compress(CONTENT))
    assert_same(load_raw(f"file://{tmp_path}/*.csv.gz"), pd.concat([sample, sample], ignore_index=True))
    fsspec.filesystem("memory").pipe_file("/tested/films.csv", CONTENT)
    stored = load_raw("memory://tested/films.csv")
    assert_same(stored, sample)
    assert stored.attrs["sha256"] == sample.attrs["sha256"]


def test_the_digest_of_several_files_depends_on_each_and_on_their_order(tmp_path, sample):
    contents = [CONTENT, CONTENT.replace(b"Toy Story", b"Boy Story"), CONTENT]
    digests = set()
    for shift in range(3):
        (tmp_path / str(shift)).mkdir()
        for number in range(3):
            (tmp_path / str(shift) / f"{number}.csv").write_bytes(contents[(number + shift) % 3])
        digests.add(load_raw(str(tmp_path / str(shift) / "*.csv")).attrs["sha256"])
    assert len(digests) == 3 and sample.attrs["sha256"] not in digests


def test_a_file_with_a_pattern_as_its_name_is_read(tmp_path, sample):
    (tmp_path / "films [1].csv").write_bytes(CONTENT)
    assert_same(load_raw(str(tmp_path / "films [1].csv")), sample)


def test_a_resolved_source_is_valid_in_any_folder(tmp_path, monkeypatch, sample):
    write_shards(tmp_path, sample, 2)
    monkeypatch.chdir(tmp_path)
    resolved = resolve_source("*.parquet")
    monkeypatch.chdir(Path(__file__).parent)
    assert_same(load_raw(resolved), sample)


@pytest.mark.parametrize(
    ("source", "error", "expected"),
    [("nowhere/*.csv", SourceNotFound, "no file"), ("memory://nowhere/films.csv", SourceNotFound, "no file"),
     ("s3://bucket/*.csv", MissingPackage, "pip install s3fs"), ("nostore://films.csv", DownloadFailed, "nostore")],
)  # fmt: skip
def test_missing_files_are_reported_in_one_line(source, error, expected):
    with pytest.raises(error) as raised:
        load_raw(source)
    assert source in str(raised.value) and expected in str(raised.value) and "\n" not in str(raised.value)


def test_one_wrong_file_among_several_is_named(tmp_path):
    (tmp_path / "films-1.csv").write_bytes(CONTENT)
    (tmp_path / "films-2.csv").write_bytes(CONTENT.replace(b"budget", b"cost", 1))
    with pytest.raises(NotAFilmTable, match=r"films-2\.csv: missing columns: budget"):
        load_raw(str(tmp_path / "*.csv"))
    (tmp_path / "a_note.txt").touch()
    with pytest.raises(NotAFilmTable, match=r"a_note\.txt: the file is empty"):
        load_raw(str(tmp_path / "*"))


WRONG = {
    "empty.csv": (b"", NotAFilmTable, "empty"),
    "page.csv": (b"<!doctype html>\n<p>Sign in</p>\n", NotAFilmTable, "HTML page"),
    "columns.csv": (CONTENT.replace(b"budget", b"cost", 1), NotAFilmTable, "missing columns: budget"),
    "cut.csv": (CONTENT[: CONTENT.rindex(b",Released")], DamagedSource, "truncated"),
    "quote.csv": (CONTENT[: CONTENT.rindex(b'"')], DamagedSource, "truncated"),
    "latin.csv": (CONTENT.decode().encode("latin-1", "replace"), DamagedSource, "UTF-8"),
    "cut.csv.gz": (gzip.compress(CONTENT)[:-5000], DamagedSource, "archive is truncated"),
    "cut.parquet": (b"PAR1" + bytes(100), DamagedSource, "Parquet"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_file_is_reported_in_one_line(tmp_path, name):
    content, error, expected = WRONG[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(error) as raised:
        load_raw(str(tmp_path / name))
    assert expected in str(raised.value) and name in str(raised.value) and "\n" not in str(raised.value)


def test_a_missing_file_is_named():
    with pytest.raises(SourceNotFound, match=r"nowhere\.csv"):
        load_raw("nowhere.csv")


def test_short_and_long_rows_keep_all_their_fields(tmp_path):
    header = ",".join(COLUMNS) + "\n"
    whole = ",".join(map(str, range(24))) + "\n"
    rows = check_columns(parse_csv((header + whole + "a,b\n" + whole.strip() + ",x,y\n" + whole).encode(), "t"), "t")
    assert len(rows) == 4
    assert rows.iloc[1].dropna().tolist() == ["a", "b"]
    assert rows.iloc[2].tolist()[24:] == ["x", "y"]


@pytest.fixture
def server():
    """A local file server that sends only half of the file the first `server.drops` times."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path != "/films.csv":
                return self.send_error(404)
            self.send_response(200)
            self.send_header("Content-Length", str(len(CONTENT)))
            self.end_headers()
            is_interrupted = self.server.drops > 0
            self.server.drops -= 1
            self.wfile.write(CONTENT[: len(CONTENT) // 2] if is_interrupted else CONTENT)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.drops = 0
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def url(server):
    return f"http://127.0.0.1:{server.server_port}/films.csv"


def test_a_table_is_read_from_a_server(url, sample, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert_same(load_raw(url), sample)


def test_an_interrupted_download_is_retried(server, url, tmp_path):
    server.drops = 1
    assert download(url, tmp_path).read_bytes() == CONTENT


def test_a_failed_download_leaves_no_file(server, url, tmp_path):
    server.drops = 99
    with pytest.raises(DownloadFailed, match="did not return the file"):
        download(url, tmp_path, retries=0)
    assert list(tmp_path.iterdir()) == []


def test_a_digest_is_checked_and_a_valid_copy_is_not_downloaded_again(server, url, tmp_path, sample):
    checked = f"{url}#sha256={sample.attrs['sha256']}"
    download(checked, tmp_path)
    server.drops = 99
    assert download(checked, tmp_path).read_bytes() == CONTENT
    server.drops = 0
    with pytest.raises(DownloadFailed, match="sha256 abc"):
        download(f"{url}#sha256=abc", tmp_path / "other", retries=0)


def test_a_file_missing_on_the_server_is_reported_with_its_status(url, tmp_path):
    with pytest.raises(DownloadFailed, match="404"):
        download(url.replace("films", "flims"), tmp_path, retries=0)


def test_kaggle_is_read_from_the_cache_of_kagglehub(tmp_path, monkeypatch, sample):
    dataset = Path("rounakbanik", "the-movies-dataset")
    cached = tmp_path / "datasets" / dataset / "versions" / "7"
    complete = tmp_path / "datasets" / dataset / ".complete" / "7"
    cached.mkdir(parents=True)
    complete.mkdir(parents=True)
    for name in ("movies_metadata.csv", "ratings_small.csv", "links_small.csv"):
        (cached / name).write_bytes(CONTENT)
        (complete / f"{name}.complete").touch()
    monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path))
    assert locate_file("kaggle") == cached / "movies_metadata.csv"
    assert_same(load_raw("kaggle"), sample)


def test_an_unreachable_kaggle_is_reported_in_one_line(tmp_path, monkeypatch):
    monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    with pytest.raises(DownloadFailed) as raised:
        locate_file("kaggle")
    assert str(raised.value).startswith("kaggle: ") and "\n" not in str(raised.value)


def test_hidden_files_of_spark_do_not_match_a_pattern(sample, tmp_path):
    (tmp_path / "part-00000.csv").write_bytes(CONTENT)
    for name in ("_SUCCESS", ".part-00000.csv.crc", "._SUCCESS.crc"):
        (tmp_path / name).write_bytes(b"crc\0")
    assert_same(load_raw(f"{tmp_path}/*"), sample)
    assert_same(load_raw(f"{tmp_path}/part-*"), sample)


def test_a_source_that_is_no_file_of_a_user_is_one_line(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    reasons = {str(tmp_path / "pipe"): "not a regular file", "~nobody-here/films.csv": "no such file"}
    for source, reason in reasons.items():
        with pytest.raises(SourceNotFound, match=reason):
            load_raw(source)
