"""The catalogue as a data package, which the standard's own tool accepts."""

import hashlib
import json
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from frictionless import Package, validate

from support import REAL


WRITTEN = {pa.int64(): "integer", pa.float64(): "number", pa.timestamp("ms"): "datetime"}


def package_of(build: Path) -> dict:
    return json.loads((build / "catalog" / "datapackage.json").read_text(encoding="utf-8"))


def files_of(package: dict) -> list[dict]:
    """The resources as plain files, whose bytes the tool counts and digests."""
    return [{name: each[name] for name in ("name", "path", "bytes", "hash")} | {"type": "file"}
            for each in package["resources"]]  # fmt: skip


def rows_of(package: dict, folder: Path) -> list[dict]:
    """The resources with their rows as Arrow reads them: the tool's own way by pandas makes floats of whole numbers."""
    kept = [{name: each[name] for name in ("name", "type", "schema")} for each in package["resources"]]
    for each, told in zip(kept, package["resources"], strict=True):
        each["data"] = pq.read_table(folder / told["path"]).to_pylist()
    return kept


def complaints(package: dict, folder: Path) -> list[str]:
    report = validate(package, type="package", basepath=str(folder))
    return report.errors + [error.message for task in report.tasks for error in task.errors]


def test_the_data_package_keeps_to_the_standard(sample_build):
    assert Package.validate_descriptor(package_of(sample_build)).valid


def test_the_files_are_those_that_the_data_package_describes(sample_build):
    package, folder = package_of(sample_build), sample_build / "catalog"
    assert complaints(package | {"resources": files_of(package)}, folder) == []
    for each in package["resources"]:
        written = (folder / each["path"]).read_bytes()
        assert each["bytes"] == len(written) and each["hash"] == "sha256:" + hashlib.sha256(written).hexdigest()
    assert {each["path"] for each in package["resources"]} == {path.name for path in folder.glob("*.parquet")}


def test_every_row_keeps_to_the_schema_that_the_data_package_gives(sample_build):
    package, folder = package_of(sample_build), sample_build / "catalog"
    assert complaints(package | {"resources": rows_of(package, folder)}, folder) == []


@pytest.mark.parametrize("name", ["films", "original_titles", "quarantine"])
def test_a_file_that_somebody_changed_is_noticed(name, sample_build, tmp_path):
    folder = shutil.copytree(sample_build / "catalog", tmp_path / "catalog")
    with (folder / f"{name}.parquet").open("r+b") as file:
        file.seek(100)
        file.write(b"moviesmlops")
    package = package_of(sample_build)
    assert len(complaints(package | {"resources": files_of(package)}, folder)) == 1


@pytest.mark.parametrize(
    ("column", "value"), [("id", 862), ("title", None), ("release_date", "1995"), ("budget", 1.5), ("genres", "Drama")]
)
def test_a_row_that_breaks_the_schema_is_noticed(column, value, sample_build):
    package, folder = package_of(sample_build), sample_build / "catalog"
    films = rows_of(package, folder)[0]
    first = next(film for film in films["data"] if film["id"] != 862)
    first[column] = value
    assert len(complaints(package | {"resources": [films]}, folder)) == 1


@pytest.mark.parametrize("table", ["sample", REAL])
def test_each_column_has_its_type_and_a_meaning(table, sample_build, request):
    build = sample_build if table == "sample" else request.getfixturevalue("real_build")
    for each in package_of(build)["resources"]:
        schema, fields = pq.read_schema(build / "catalog" / each["path"]), each["schema"]["fields"]
        assert [field["name"] for field in fields] == schema.names
        for field, column in zip(fields, schema, strict=True):
            listed = "array" if pa.types.is_list(column.type) else "string"
            assert field["type"] == WRITTEN.get(column.type, listed) and len(field["description"]) > 7
