"""The catalogue of the real table."""

from independent import raw_rows
from moviesmlops.sources import COLUMNS, load_raw
from moviesmlops.etl import build_catalog
from moviesmlops.pipeline import make_build
from support import model_and_catalog_digests


def test_the_rules_remove_the_expected_rows_of_the_real_table(real_table):
    catalog = build_catalog(load_raw(str(real_table)))
    steps = catalog.steps.set_index("removes").removed
    assert steps.to_dict() == {
        "null release_date": 87, "invalid release_date": 3, "broken row": 0, "repeated id": 30,
    }  # fmt: skip
    assert catalog.quarantine.reason.str.startswith("cut short").sum() == 3
    assert catalog.quarantine.id.isin(["1997-08-20", "2012-09-29", "2014-01-01"]).sum() == 3
    assert len(catalog.films) == 45_346 and (catalog.films.release_year >= 1970).sum() <= 37_087


def test_no_field_of_the_real_table_is_lost_or_split(real_table):
    expected = [[row[name] for name in COLUMNS] for row in raw_rows(real_table)]
    assert load_raw(str(real_table)).fillna("").to_numpy().tolist() == expected
    assert len(expected) == 45_466


def test_two_builds_of_the_real_table_give_the_same_bytes(real_table, real_build, tmp_path):
    assert model_and_catalog_digests(make_build(str(real_table), tmp_path / "build")) == model_and_catalog_digests(
        real_build
    )
