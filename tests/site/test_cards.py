"""The cards of the data and of the recommenders, beside the build that they are about."""

import json
import re
from pathlib import Path


from independent import films as independent_films


def shown_by(build: Path, notebook: str) -> str:
    """What a page of the report shows, its code left out."""
    cells = json.loads((build / "report" / notebook).read_text(encoding="utf-8"))["cells"]
    data = [output["data"] for cell in cells for output in cell.get("outputs", []) if "data" in output]
    return "\n".join("".join(each.get("text/html", each.get("text/markdown", ""))) for each in data)


def test_the_model_cards_give_the_figures_of_the_build_with_their_intervals(report_build):
    shown = shown_by(report_build, "57_model_cards.ipynb")
    metrics = json.loads((report_build / "metrics.json").read_text(encoding="utf-8"))
    for model in ("cosine", "knn"):
        for measured in metrics["measures"][model]["report"].values():
            assert f">{measured['mean']:.3f}<" in shown
            assert f">{measured['low']:.3f} to {measured['high']:.3f}<" in shown


def test_the_data_card_says_what_is_unknown_and_names_the_very_files(report_build, markup_table):
    package = json.loads((report_build / "catalog" / "datapackage.json").read_text(encoding="utf-8"))
    films = independent_films(markup_table)
    shown, poor = shown_by(report_build, "56_data_card.ipynb"), sum(film["revenue"] == 0 for film in films)
    assert f"**{len(films):,} films, one row each**" in shown
    assert re.search(rf">revenue</td><td[^>]*>{poor:,}</td><td[^>]*>{100 * poor / len(films):.1f}</td>", shown)
    for each in package["resources"]:
        assert each["hash"].removeprefix("sha256:")[:16] in shown
