"""Directors, actors and keywords: read in both forms, found beside the source, and used by the third recommender."""

import pandas as pd
import pytest

from moviesmlops.pipeline import make_build
from moviesmlops.builds import open_recommenders
from moviesmlops.credits import CreditsNotFound, load_credits
from moviesmlops.sources import SAMPLE_PATH

CREW = "[{'job': 'Director', 'name': \"Tricia O'Cooke\"}, {'job': 'Producer', 'name': 'Ethan Coen'}]"
CAST = str([{"name": f"Actor {place}", "order": place} for place in range(8)])


def write_kaggle_credits(folder) -> None:
    rows = [{"cast": CAST, "crew": CREW, "id": 862}, {"cast": "[]", "crew": "[]", "id": 2}]
    pd.DataFrame(rows).to_csv(folder / "credits.csv", index=False)
    keywords = [{"id": 862, "keywords": "[{'id': 931, 'name': 'jealousy'}]"}]
    pd.DataFrame(keywords).to_csv(folder / "keywords.csv", index=False)


def test_the_files_of_kaggle_give_directors_five_actors_and_keywords(tmp_path):
    write_kaggle_credits(tmp_path)
    assert load_credits("sample", tmp_path) == {
        "directors": {862: ["Tricia O'Cooke"]},
        "cast": {862: [f"Actor {place}" for place in range(5)]},
        "keywords": {862: ["jealousy"]},
    }


def test_an_entry_that_is_damaged_is_left_out(tmp_path):
    text = "[{'name': 'One'}, {'name': broken}, {'name': 'Two'}]"
    pd.DataFrame([{"id": 1, "keywords": text}]).to_csv(tmp_path / "keywords.csv", index=False)
    assert load_credits("sample", tmp_path)["keywords"] == {1: ["One", "Two"]}


def test_the_credits_of_the_full_table_are_embedded():
    credits = load_credits("table")
    assert credits["directors"][275] == ["Joel Coen"] and "Frances McDormand" in credits["cast"][275]
    assert {kind: len(names) > 30_000 for kind, names in credits.items()} == dict.fromkeys(credits, True)


def test_a_given_folder_without_credits_is_an_error_in_one_line(tmp_path):
    message = r"no credits found; specify a folder that contains credits\.csv"
    with pytest.raises(CreditsNotFound, match=message) as error:
        make_build("sample", tmp_path / "build", credits=str(tmp_path))
    assert "\n" not in str(error.value)


def test_without_credits_the_third_recommender_says_so_and_uses_the_table(tmp_path, capsys):
    (tmp_path / "films.csv").write_bytes(SAMPLE_PATH.read_bytes())
    build = make_build(str(tmp_path / "films.csv"), tmp_path / "build")
    assert "no credits found in the source" in capsys.readouterr().err
    extended = open_recommenders(build)["extended"]
    kinds = {reason.kind for found in extended.similar(862, 50) for reason in found.reasons}
    assert {"period", "genre"} <= kinds and not kinds & {"director", "cast", "keyword"}


def test_films_by_the_same_director_are_similar_for_the_third_recommender_only(sample_build):
    found = {
        name: [film.id for film in model.similar(1417, 10)] for name, model in open_recommenders(sample_build).items()
    }
    devils_backbone = 1433
    assert devils_backbone in found["extended"][:3], "Guillermo del Toro made both"
    reasons = open_recommenders(sample_build)["extended"].similar(1417, 1)[0].reasons
    assert ("director", "Guillermo del Toro") in [(reason.kind, reason.value) for reason in reasons]
