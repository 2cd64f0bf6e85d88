"""The catalogue as a data package, validated with the reference implementation of the standard."""

import hashlib
import json
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from frictionless import Package, validate

from support import REAL

FIELD_TYPES = {pa.int64(): "integer", pa.float64(): "number", pa.timestamp("ms"): "datetime"}


def read_package(build: Path) -> dict:
    return json.loads((build / "catalog" / "datapackage.json").read_text(encoding="utf-8"))


def as_files(package: dict) -> list[dict]:
    """The resources as plain files, whose size and digest are validated."""
    return [{name: each[name] for name in ("name", "path", "bytes", "hash")} | {"type": "file"}
            for each in package["resources"]]  # fmt: skip


def as_tables(package: dict, folder: Path) -> list[dict]:
    """The resources with rows read by Arrow; frictionless would use pandas, which turns integers into floats."""
    resources = []
    for each in package["resources"]:
        data = pq.read_table(folder / each["path"]).to_pylist()
        resources.append({name: each[name] for name in ("name", "type", "schema")} | {"data": data})
    return resources


def validation_errors(package: dict, folder: Path) -> list[str]:
    report = validate(package, type="package", basepath=str(folder))
    return report.errors + [error.message for task in report.tasks for error in task.errors]


def test_the_data_package_conforms_to_the_standard(sample_build):
    assert Package.validate_descriptor(read_package(sample_build)).valid


def test_the_data_package_describes_all_files(sample_build):
    package, folder = read_package(sample_build), sample_build / "catalog"
    assert validation_errors(package | {"resources": as_files(package)}, folder) == []
    for each in package["resources"]:
        written = (folder / each["path"]).read_bytes()
        assert each["bytes"] == len(written) and each["hash"] == "sha256:" + hashlib.sha256(written).hexdigest()
    assert {each["path"] for each in package["resources"]} == {path.name for path in folder.glob("*.parquet")}


def test_all_rows_conform_to_the_schema_of_the_data_package(sample_build):
    package, folder = read_package(sample_build), sample_build / "catalog"
    assert validation_errors(package | {"resources": as_tables(package, folder)}, folder) == []


@pytest.mark.parametrize("name", ["films", "original_titles", "quarantine"])
def test_a_changed_file_is_detected(name, sample_build, tmp_path):
    folder = shutil.copytree(sample_build / "catalog", tmp_path / "catalog")
    with (folder / f"{name}.parquet").open("r+b") as file:
        file.seek(100)
        file.write(b"moviesmlops")
    package = read_package(sample_build)
    assert len(validation_errors(package | {"resources": as_files(package)}, folder)) == 1


@pytest.mark.parametrize(
    ("column", "value"), [("id", 862), ("title", None), ("release_date", "1995"), ("budget", 1.5), ("genres", "Drama")]
)
def test_a_row_that_violates_the_schema_is_detected(column, value, sample_build):
    package, folder = read_package(sample_build), sample_build / "catalog"
    films = as_tables(package, folder)[0]
    first = next(film for film in films["data"] if film["id"] != 862)
    first[column] = value
    assert len(validation_errors(package | {"resources": [films]}, folder)) == 1


@pytest.mark.parametrize("table", ["sample", REAL])
def test_each_column_has_a_type_and_a_description(table, sample_build, request):
    build = sample_build if table == "sample" else request.getfixturevalue("real_build")
    for each in read_package(build)["resources"]:
        schema, fields = pq.read_schema(build / "catalog" / each["path"]), each["schema"]["fields"]
        assert [field["name"] for field in fields] == schema.names
        for field, column in zip(fields, schema, strict=True):
            other_type = "array" if pa.types.is_list(column.type) else "string"
            assert field["type"] == FIELD_TYPES.get(column.type, other_type) and len(field["description"]) > 7
