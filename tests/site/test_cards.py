"""The data card and the model cards, compared with the build they describe."""

import json
import re
from pathlib import Path

import pytest

from independent import parse_films
from support import RECORDED


def outputs_of(build: Path, notebook: str) -> str:
    """The outputs of a page of the report, without its code."""
    cells = json.loads((build / "report" / notebook).read_text(encoding="utf-8"))["cells"]
    data = [output["data"] for cell in cells for output in cell.get("outputs", []) if "data" in output]
    return "\n".join("".join(each.get("text/html", each.get("text/markdown", ""))) for each in data)


def test_the_model_cards_have_the_metrics_of_the_build_with_intervals(report_build):
    outputs = outputs_of(report_build, "57_model_cards.ipynb")
    metrics = json.loads((report_build / "metrics.json").read_text(encoding="utf-8"))
    for model in ("cosine", "knn"):
        for measured in metrics["measures"][model]["report"].values():
            assert f">{measured['mean']:.3f}<" in outputs
            assert f">{measured['low']:.3f} to {measured['high']:.3f}<" in outputs


@pytest.mark.parametrize("notebook", ["12_evaluation.ipynb", "57_model_cards.ipynb", "index.ipynb"])
def test_a_report_without_ratings_shows_the_recorded_figures_with_their_date_and_table(report_build, notebook):
    outputs, source = outputs_of(report_build, notebook), RECORDED["source"]
    table = f"the embedded table (45,466 rows, SHA-256 {source['sha256'][:8]})"
    assert f"recorded on {RECORDED['measured']} for {table}" in outputs
    for model in ("cosine", "knn", "extended"):
        assert f"{RECORDED['metrics']['measures'][model]['report']['ndcg']['mean']:.3f}" in outputs
    assert not re.search(r"\bnan\b", outputs, re.IGNORECASE)


def test_the_data_card_has_the_shares_of_unknown_values_and_the_digests_of_the_files(report_build, markup_table):
    package = json.loads((report_build / "catalog" / "datapackage.json").read_text(encoding="utf-8"))
    films = parse_films(markup_table)
    outputs, unknown = outputs_of(report_build, "56_data_card.ipynb"), sum(film["revenue"] == 0 for film in films)
    assert f"**{len(films):,} films**, one row each" in outputs
    assert re.search(rf">revenue</td><td[^>]*>{unknown:,}</td><td[^>]*>{100 * unknown / len(films):.1f}</td>", outputs)
    for each in package["resources"]:
        assert each["hash"].removeprefix("sha256:")[:16] in outputs
