"""Recommendations over HTTP and on the command line: for every film, explained, never the film itself."""

import random
import shutil
import subprocess
from urllib.parse import quote

import pytest

from conftest import COMMAND, serving
from independent import films as independent_films
from moviesmlops.answers import Recomendacion
from moviesmlops.builds import open_recommenders, write_manifest
from moviesmlops.cosine import CosineRecommender
from moviesmlops.etl import read_films
from moviesmlops.features import Features, ModelNotFound
from moviesmlops.knn import KNNRecommender

KINDS = ("palabra", "género", "productora", "palabras comunes")
TWO_MODELS = pytest.mark.parametrize("model", ["coseno", "knn"])


def recommend(client, title: str, **query):
    return client.get(f"/recomendacion/{quote(title, safe='')}", params=query)


@TWO_MODELS
def test_the_answer_has_the_keys_of_the_contract(client, model):
    answer = recommend(client, "Toy Story", modelo=model).json()
    assert list(answer) == ["titulo", "anio", "modelo", "lista_recomendada", "detalle"]
    assert (answer["titulo"], answer["anio"], answer["modelo"]) == ("Toy Story", 1995, model)
    assert answer["lista_recomendada"] == [film["titulo"] for film in answer["detalle"]]
    assert len(answer["detalle"]) == 5
    Recomendacion.model_validate(answer, strict=True, extra="forbid")
    for film in answer["detalle"]:
        assert set(film) == {"id", "titulo", "anio", "similitud", "motivos"}
        for reason in film["motivos"]:
            assert reason["tipo"] in KINDS and reason["valor"] and reason["parte"] > 0


@TWO_MODELS
def test_sequels_are_found_without_being_told_of_collections(client, model):
    found = recommend(client, "toy story", modelo=model, n=10).json()["lista_recomendada"]
    assert {"Toy Story 2", "Toy Story 3"} <= set(found)


@TWO_MODELS
@pytest.mark.parametrize("n", [1, 50])
def test_as_many_films_as_asked_for_each_once_and_never_itself(client, model, n):
    asked = client.get("/titulos?q=toy story&max=1").json()[0]
    found = recommend(client, "Toy Story", modelo=model, n=n).json()["detalle"]
    ids = [film["id"] for film in found]
    assert len(ids) == n == len(set(ids)) and asked["id"] not in ids
    similarities = [film["similitud"] for film in found]
    assert similarities == sorted(similarities, reverse=True) and 0 <= min(similarities) <= max(similarities) <= 1


def test_year_and_id_pick_the_film(client):
    old, new = (recommend(client, "Godzilla", anio=year).json() for year in (1954, 1998))
    assert (old["anio"], new["anio"]) == (1954, 1998) and old["detalle"] != new["detalle"]
    assert recommend(client, "Godzilla", id=929).json() == new


def test_a_film_with_no_text_gets_the_head_of_the_selection_without_reasons(client, sample_build):
    films = read_films(sample_build / "catalog")
    nothing = films.overview.isna() & (films.genres.list.len() == 0) & (films.production_companies.list.len() == 0)
    silent = films[nothing]
    found = recommend(client, silent.title.iloc[0], id=int(silent.id.iloc[0])).json()["detalle"]
    assert all(film["similitud"] == 0 and film["motivos"] == [] for film in found)
    best = films[films.release_year >= 1970].sort_values(
        ["vote_average", "popularity", "id"], ascending=[False, False, True]
    )
    expected = [number for number in best.id if number != silent.id.iloc[0]][:5]
    assert [film["id"] for film in found] == expected


@pytest.mark.parametrize("query", ["n=0", "n=51", "n=x", "modelo=svd", "anio=x"])
def test_a_bad_parameter_is_a_422(client, query):
    answer = client.get(f"/recomendacion/Toy%20Story?{query}")
    assert answer.status_code == 422 and query.split("=")[0] in answer.json()["detail"]


def test_an_unknown_title_gets_suggestions(client):
    answer = recommend(client, "Toy Stroy")
    assert answer.status_code == 404 and "Toy Story" in answer.json()["sugerencias"]


def test_a_catalogue_without_models_says_so(tmp_path):
    subprocess.run([COMMAND, "etl", "--out", tmp_path / "build"], check=True, capture_output=True)
    with serving(tmp_path / "build") as client:
        answer = recommend(client, "Toy Story")
        assert client.get("/peliculas_mes/enero").status_code == 200
    assert answer.status_code == 503 and "moviesmlops build" in answer.json()["detail"]


@pytest.mark.parametrize(("model", "name"), [("coseno", "cosine"), ("knn", "knn")])
def test_the_command_line_recommends_the_same(client, sample_build, model, name):
    words = [COMMAND, "recommend", "alien", "--model", name, "-n", "3", "--build", sample_build]
    lines = subprocess.run(words, check=True, capture_output=True, text=True).stdout.splitlines()
    assert lines[0].startswith("Alien (1979)")
    titles = recommend(client, "alien", modelo=model, n=3).json()["lista_recomendada"]
    for line, title in zip(lines[1:], titles, strict=True):
        assert title in line


def test_a_title_the_command_line_does_not_know_is_one_line(sample_build):
    answer = subprocess.run([COMMAND, "recommend", "alein", "--build", sample_build], capture_output=True, text=True)
    assert answer.returncode == 1 and answer.stderr.count("\n") == 1 and "Alien" in answer.stderr


@TWO_MODELS
def test_the_reasons_add_up_to_the_similarity(real_client, real_build, model):
    films = read_films(real_build / "catalog")[["id", "title"]].sample(1000, random_state=1)
    for number, title in films.itertuples(index=False):
        for film in recommend(real_client, title, id=number, n=3, modelo=model).json()["detalle"]:
            assert sum(reason["parte"] for reason in film["motivos"]) == pytest.approx(film["similitud"], abs=1e-6)


@TWO_MODELS
def test_common_words_are_one_reason_and_never_one_each(real_client, model):
    for title in ("The Godfather", "Casablanca", "Groundhog Day", "Schindler's List", "Amélie"):
        for film in recommend(real_client, title, n=10, modelo=model).json()["detalle"]:
            reasons = [(reason["tipo"], reason["valor"]) for reason in film["motivos"]]
            common = [value for kind, value in reasons if kind == "palabras comunes"]
            assert len(common) <= 1 and all(int(value) > 0 for value in common)
            words = {value for kind, value in reasons if kind == "palabra"}
            assert not words & {"the", "her", "his", "that", "at", "young", "who", "life"}


def test_a_genre_is_a_reason_only_where_both_films_have_it(real_client, real_build):
    films = read_films(real_build / "catalog").set_index("id")
    for title in ("Alien", "Casablanca", "Toy Story", "Spirited Away"):
        for model in ("coseno", "knn"):
            for film in recommend(real_client, title, modelo=model, n=10).json()["detalle"]:
                there = {entry["name"] for entry in films.genres[film["id"]]}
                told = {reason["valor"] for reason in film["motivos"] if reason["tipo"] == "género"}
                assert told <= there, (title, model, film["titulo"])
                text = (films.overview[film["id"]] if isinstance(films.overview[film["id"]], str) else "").lower()
                words = [reason["valor"] for reason in film["motivos"] if reason["tipo"] == "palabra"]
                assert model == "knn" or all(word in text for word in words)


def test_every_film_of_the_real_table_gets_its_recommendations(real_client, real_table):
    kept = independent_films(real_table)
    candidates = sorted(
        (film for film in kept if film["date"].year >= 1970),
        key=lambda film: (-float(film["vote_average"] or -1), -float(film["popularity"] or -1), int(film["id"])),
    )
    selected = {int(film["id"]) for film in candidates[:10_000]}
    chance = random.Random(0)
    for film in kept:
        answer = recommend(real_client, film["title"], id=film["id"], modelo=chance.choice(["coseno", "knn"]))
        assert answer.status_code == 200, film["title"]
        ids = {found["id"] for found in answer.json()["detalle"]}
        assert len(ids) == 5 and ids <= selected - {int(film["id"])}


@pytest.mark.parametrize("build", ["sample_build", "real_build"])
def test_a_search_on_demand_finds_what_was_found_beforehand(request, build, tmp_path):
    models = request.getfixturevalue(build) / "models"
    features, chance = Features.load(models), random.Random(0)
    for recommender in (CosineRecommender(pairs=0), KNNRecommender(pairs=0)):
        recommender.fit_features(features).save(tmp_path / "models")
    assert not list(tmp_path.rglob("neighbours.npy")), "nothing was found beforehand"
    lengths = features.starts[1:].astype(int) - features.starts[:-1]
    by_length = lengths.argsort(kind="stable")[:: max(1, len(lengths) // 200)]  # those without text first
    kept, asked = open_recommenders(models.parent), open_recommenders(tmp_path)
    for film in features.film_ids[[*by_length, *features.selection[:50]]].tolist():
        for model in kept:
            n = chance.choice([1, 5, 50])
            found = asked[model].similar(film, n)
            assert found == kept[model].similar(film, n), (film, model, n)
            assert film not in [other.id for other in found]


def test_a_build_without_lists_answers_over_http_like_one_with_them(client, sample_build, tmp_path):
    shutil.copytree(sample_build / "catalog", tmp_path / "catalog")
    for recommender in (CosineRecommender(pairs=0), KNNRecommender(pairs=0)):
        recommender.fit_features(Features.load(sample_build / "models")).save(tmp_path / "models")
    write_manifest(tmp_path, "sample", {})
    films = read_films(tmp_path / "catalog")
    with serving(tmp_path) as searching:
        for number, title in zip(films.id.tolist(), films.title, strict=True):
            for model in ("coseno", "knn"):
                found = recommend(searching, title, id=number, modelo=model, n=50)
                assert found.content == recommend(client, title, id=number, modelo=model, n=50).content, (title, model)
                assert found.status_code == 200
        assert recommend(searching, "Toy Stroy").status_code == 404


@pytest.mark.parametrize("name", ["similarities", "reason_parts", "candidates"])
def test_a_model_that_lacks_a_file_says_which_and_how_to_make_it(sample_build, tmp_path, name):
    models = shutil.copytree(sample_build / "models", tmp_path / "models")
    (models / "knn" / f"{name}.npy").unlink()
    with pytest.raises(ModelNotFound, match=rf"{name}\.npy: .*moviesmlops build"):
        KNNRecommender.load(models)
