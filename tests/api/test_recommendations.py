"""Recommendations over HTTP: for every film, with reasons, never the film itself."""

import random
import shutil
from pathlib import Path

import pytest

from moviesmlops.schemas import Recomendacion
from moviesmlops.builds import open_recommenders, write_manifest
from moviesmlops.cosine import CosineRecommender
from moviesmlops.credits import load_credits
from moviesmlops.etl import read_films
from moviesmlops.extended import ExtendedRecommender
from moviesmlops.features import Features, ModelNotFound
from moviesmlops.knn import KNNRecommender
from support import THREE_MODELS, api_client, assert_same_recommendations, recommend

TEXT_KINDS = {"palabra", "género", "productora", "palabras comunes"}
FACT_KINDS = {"dirección", "reparto", "tema", "época", "país"}


def fit_without_lists(models: Path, out: Path) -> None:
    """Fit the recommenders on the features of a build, so that they search on demand."""
    for recommender in (CosineRecommender(max_pairs=0), KNNRecommender(max_pairs=0)):
        recommender.fit_from_features(Features.load(models)).save(out)
    ExtendedRecommender(max_pairs=0).fit_from_features(Features.load(models / "extended")).save(out)


@THREE_MODELS
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
            assert reason["tipo"] in (TEXT_KINDS | FACT_KINDS if model == "ampliado" else TEXT_KINDS)
            assert reason["valor"] and reason["parte"] > 0


@THREE_MODELS
def test_sequels_are_recommended_although_models_ignore_franchises(client, model):
    found = recommend(client, "toy story", modelo=model, n=10).json()["lista_recomendada"]
    assert {"Toy Story 2", "Toy Story 3"} <= set(found)


@THREE_MODELS
@pytest.mark.parametrize("n", [1, 50])
def test_n_different_films_are_returned_and_never_the_film_itself(client, model, n):
    film = client.get("/titulos?q=toy story&max=1").json()[0]
    found = recommend(client, "Toy Story", modelo=model, n=n).json()["detalle"]
    ids = [other["id"] for other in found]
    assert len(ids) == n == len(set(ids)) and film["id"] not in ids
    similarities = [other["similitud"] for other in found]
    assert similarities == sorted(similarities, reverse=True) and 0 < min(similarities) <= max(similarities) <= 1


def test_year_and_id_select_the_film(client):
    old, new = (recommend(client, "Godzilla", anio=year).json() for year in (1954, 1998))
    assert (old["anio"], new["anio"]) == (1954, 1998) and old["detalle"] != new["detalle"]
    assert recommend(client, "Godzilla", id=929).json() == new


@THREE_MODELS
def test_a_film_without_text_gets_no_recommendations_and_a_header_says_why(client, sample_build, model):
    films = read_films(sample_build / "catalog")
    nothing = films.overview.isna() & (films.genres.list.len() == 0) & (films.production_companies.list.len() == 0)
    silent = films[nothing]
    answer = recommend(client, silent.title.iloc[0], id=int(silent.id.iloc[0]), modelo=model)
    assert list(answer.json()) == ["titulo", "anio", "modelo", "lista_recomendada", "detalle"]
    assert answer.json()["lista_recomendada"] == answer.json()["detalle"] == []
    assert answer.headers["x-lista-incompleta"] == "0 de 5: ninguna otra tiene similitud mayor que 0"


@THREE_MODELS
def test_no_film_with_similarity_0_is_listed_and_a_list_that_is_shorter_says_so(client, sample_build, model):
    films, shorter = read_films(sample_build / "catalog"), 0
    for number, title in zip(films.id.tolist(), films.title, strict=True):
        answer = recommend(client, title, id=number, modelo=model, n=50)
        found = answer.json()["detalle"]
        assert all(film["similitud"] > 0 and film["motivos"] for film in found), title
        short = len(found) < 50
        assert answer.headers.get("x-lista-incompleta", "").startswith(f"{len(found)} de 50: ") == short, title
        shorter += short
    assert 0 < shorter < len(films)


@pytest.mark.parametrize("query", ["n=0", "n=51", "n=x", "modelo=svd", "anio=x"])
def test_an_invalid_parameter_is_a_422(client, query):
    answer = client.get(f"/recomendacion/Toy%20Story?{query}")
    assert answer.status_code == 422 and query.split("=")[0] in answer.json()["detail"]


def test_an_unknown_title_gets_suggestions(client):
    answer = recommend(client, "Toy Stroy")
    assert answer.status_code == 404 and "Toy Story" in answer.json()["sugerencias"]


@pytest.mark.parametrize("build", ["sample_build", pytest.param("real_build", marks=pytest.mark.real)])
def test_a_search_on_demand_returns_the_same_as_precomputed_lists(request, build, tmp_path):
    models = request.getfixturevalue(build) / "models"
    features, rng = Features.load(models), random.Random(0)
    fit_without_lists(models, tmp_path / "models")
    assert not list(tmp_path.rglob("neighbours.npy")), "no lists were computed when fitting"
    lengths = features.starts[1:].astype(int) - features.starts[:-1]
    by_length = lengths.argsort(kind="stable")[:: max(1, len(lengths) // 200)]  # films without text first
    with_lists, without_lists = open_recommenders(models.parent), open_recommenders(tmp_path)
    for film in features.film_ids[[*by_length, *features.selection[:50]]].tolist():
        for model in with_lists:
            n = rng.choice([1, 5, 50])
            found, stored = (models[model].recommend([film], n) for models in (without_lists, with_lists))
            assert [other.id for other in found] == [other.id for other in stored], (film, model, n)
            similarities = [other.similarity for other in stored]
            assert [other.similarity for other in found] == pytest.approx(similarities, abs=1e-6)
            assert film not in [other.id for other in found]


def test_a_build_without_lists_gives_the_same_answers_over_http(client, sample_build, tmp_path):
    shutil.copytree(sample_build / "catalog", tmp_path / "catalog")
    fit_without_lists(sample_build / "models", tmp_path / "models")
    write_manifest(tmp_path, "sample", {})
    films = read_films(tmp_path / "catalog")
    with api_client(tmp_path) as client_without_lists:
        for film_id, title in zip(films.id.tolist(), films.title, strict=True):
            for model in ("coseno", "knn", "ampliado"):
                found = recommend(client_without_lists, title, id=film_id, modelo=model, n=50)
                stored = recommend(client, title, id=film_id, modelo=model, n=50)
                assert_same_recommendations(found.json()["detalle"], stored.json()["detalle"])
        assert recommend(client_without_lists, "Toy Stroy").status_code == 404


@pytest.mark.parametrize("name", ["similarities", "reason_parts", "candidate_vectors"])
def test_a_missing_file_of_a_model_is_named_with_the_command_to_make_it(sample_build, tmp_path, name):
    models = shutil.copytree(sample_build / "models", tmp_path / "models")
    (models / "knn" / f"{name}.npy").unlink()
    with pytest.raises(ModelNotFound, match=rf"{name}\.npy: .*moviesmlops build"):
        KNNRecommender.load(models)


@pytest.mark.parametrize(("model", "recommender"), [("coseno", CosineRecommender), ("knn", KNNRecommender)])
def test_each_model_returns_its_own_list(client, sample_build, model, recommender):
    fitted, differing = recommender().fit(read_films(sample_build / "catalog")), 0
    for title in ("Toy Story", "Alien", "Godzilla", "The Godfather"):
        film_id = client.get(f"/titulos?q={title}&max=1").json()[0]["id"]
        lists = [
            [film["id"] for film in recommend(client, title, id=film_id, modelo=name, n=10).json()["detalle"]]
            for name in (model, "knn" if model == "coseno" else "coseno")
        ]
        assert lists[0] == [film.id for film in fitted.similar(film_id, 10)]
        differing += lists[0] != lists[1]
    assert differing == 4, "the two models give different lists"


def test_the_third_model_gives_directors_actors_and_keywords_as_reasons(client, sample_build):
    credits, seen = load_credits("sample"), set()
    kinds = {"dirección": "directors", "reparto": "cast", "tema": "keywords"}
    films = read_films(sample_build / "catalog")
    for film_id, title in zip(films.id.tolist(), films.title, strict=True):
        for found in recommend(client, title, id=film_id, modelo="ampliado", n=10).json()["detalle"]:
            for reason in found["motivos"]:
                if reason["tipo"] in kinds:
                    names = credits[kinds[reason["tipo"]]]
                    assert reason["valor"] in names[film_id] and reason["valor"] in names[found["id"]]
                seen.add(reason["tipo"])
    assert seen == TEXT_KINDS | FACT_KINDS


def test_the_period_of_two_films_is_a_reason_with_the_years_between_them(client, sample_build):
    films = read_films(sample_build / "catalog").set_index("id")
    periods = 0
    for film_id, title in films.title.head(50).items():
        for found in recommend(client, title, id=film_id, modelo="ampliado", n=10).json()["detalle"]:
            years = abs(int(films.release_year[film_id] - films.release_year[found["id"]]))
            values = [reason["valor"] for reason in found["motivos"] if reason["tipo"] == "época"]
            assert values in ([], [str(years)]), title
            assert years < 10 or not values
            periods += len(values)
    assert periods > 100
