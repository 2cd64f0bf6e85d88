"""Recommendations with filters and for several films: as stored lists and a plain search of all films."""

import random
import sys

import numpy as np
import pytest

from independent import get_entry_names, parse_films
from moviesmlops import cosine, knn
from moviesmlops.builds import open_recommenders
from moviesmlops.cosine import CosineRecommender
from moviesmlops.extended import ExtendedRecommender
from moviesmlops.features import Features
from moviesmlops.film_routes import Recomendaciones, RecomendacionesDeCada
from moviesmlops.knn import KNNRecommender
from moviesmlops.sources import SAMPLE_PATH
from support import assert_same_recommendations, get_all

RECOMMENDERS = {"coseno": CosineRecommender, "knn": KNNRecommender, "ampliado": ExtendedRecommender}
EACH_MODEL = pytest.mark.parametrize("model", list(RECOMMENDERS))


def recommend_ids(client, path: str, **parameters: object) -> list[int]:
    answer = client.get(path, params=parameters)
    assert answer.status_code == 200, answer.text
    return [film["id"] for film in answer.json()["resultados"]]


@pytest.fixture(scope="module")
def films() -> dict[int, dict]:
    return {int(film["id"]): film for film in parse_films(SAMPLE_PATH)}


@pytest.fixture(scope="module", params=list(RECOMMENDERS))
def model_and_similarities(request, sample_build):
    """A model, and the similarity of each film and each candidate, from a search that ranks all candidates."""
    models, recommender = sample_build / "models", RECOMMENDERS[request.param]
    features = Features.load(models / "extended" if recommender is ExtendedRecommender else models)
    fitted = open_recommenders(sample_build)["knn"]
    options = {"knn": fitted} if recommender is ExtendedRecommender else {}
    model = recommender(max_pairs=0, **options).fit_from_features(features)
    with pytest.MonkeyPatch.context() as patch:
        for module in (cosine, knn):
            patch.setattr(module, "LIST_LENGTH", len(features.selection))
        places, values = model.make_search()(np.arange(len(features.film_ids)))
    candidates = features.film_ids[features.selection].tolist()
    similarities = {
        film: {candidates[place]: value for place, value in zip(*row, strict=True) if value > 0}
        for film, *row in zip(features.film_ids.tolist(), places.tolist(), values.tolist(), strict=True)
    }
    return request.param, similarities


def passes(film: dict, filters: dict, asked: list[dict]) -> bool:
    """Whether a film passes filters, as a reader of the table would decide."""
    genres, franchise = get_entry_names("genres")(film), {*get_entry_names("belongs_to_collection")(film)}
    franchises = {name for other in asked for name in get_entry_names("belongs_to_collection")(other)}
    return (
        ("genero" not in filters or filters["genero"] in genres)
        and filters.get("sin_genero") not in genres
        and filters.get("desde", 0) <= film["date"].year <= filters.get("hasta", 9999)
        and filters.get("idioma", film["original_language"]) == film["original_language"]
        and ("pais" not in filters or filters["pais"] in get_entry_names("production_countries")(film))
        and not ("sin_saga" in filters and franchises & franchise)
    )


def random_filters(rng: random.Random, films: dict[int, dict]) -> dict:
    genres = sorted({name for film in films.values() for name in get_entry_names("genres")(film)})
    countries = sorted({name for film in films.values() for name in get_entry_names("production_countries")(film)})
    start = rng.randint(1965, 2010)
    possible = {
        "genero": rng.choice(genres), "sin_genero": rng.choice(genres), "desde": start,
        "hasta": start + rng.randint(0, 40), "idioma": rng.choice(["en", "es", "fr"]),
        "pais": rng.choice(countries), "sin_saga": "true",
    }  # fmt: skip
    names = rng.sample(sorted(possible), rng.randint(1, 3))
    return {name: possible[name] for name in names}


def assert_best(found: list[dict], expected: dict[int, float], n: int):
    """The films found have their expected similarities, and no other film has a higher one."""
    best = sorted(expected.values(), reverse=True)[:n]
    assert [film["similitud"] for film in found] == pytest.approx(best, abs=1e-6)
    assert len({film["id"] for film in found}) == len(found)
    for film in found:
        assert film["similitud"] == pytest.approx(expected[film["id"]], abs=1e-6)
        assert sum(reason["parte"] for reason in film["motivos"]) == pytest.approx(film["similitud"], abs=1e-5)


def test_500_random_filters_find_what_a_search_of_all_films_finds(client, films, model_and_similarities):
    model, similarities = model_and_similarities
    rng, not_empty = random.Random(0), 0
    for _ in range(500):
        asked = rng.sample(sorted(films), rng.choice([1, 1, 2, 3]))
        filters, n = random_filters(rng, films), rng.choice([1, 5, 50])
        answer = client.get("/recomendaciones", params={"id": asked, "modelo": model, "n": n} | filters)
        assert answer.status_code == 200, answer.text
        others = {other for film in asked for other in similarities[film]} - {*asked}
        means = {other: sum(similarities[film].get(other, 0) for film in asked) / len(asked) for other in others}
        rows = [films[film] for film in asked]
        expected = {film: mean for film, mean in means.items() if passes(films[film], filters, rows)}
        found = answer.json()["resultados"]
        assert_best(found, expected, n)
        assert ("x-lista-incompleta" in answer.headers) == (len(found) < n)
        not_empty += bool(expected)
    assert not_empty > 100


@EACH_MODEL
def test_without_a_filter_the_answer_is_the_stored_list(client, films, model):
    paths = [f"/peliculas/{film}/recomendaciones?modelo={model}&n=50" for film in films]
    stored = [f"/recomendacion/{film}?id={film}&modelo={model}&n=50" for film in films]
    for one, other in zip(get_all(client, paths), get_all(client, stored), strict=True):
        assert one.json()["resultados"] == other.json()["detalle"], one.json()["peliculas"]


@EACH_MODEL
def test_a_filter_that_all_films_pass_changes_nothing(client, films, model):
    for film in list(films)[::4]:
        path, parameters = f"/peliculas/{film}/recomendaciones", {"modelo": model, "n": 50}
        without, with_filter = (client.get(path, params=parameters | more).json()["resultados"]
                                for more in ({}, {"desde": 1800}))  # fmt: skip
        assert_same_recommendations(without, with_filter)


@pytest.mark.real
@pytest.mark.parametrize("model", ["cosine", "knn", "extended"])
def test_a_search_of_the_real_table_finds_the_stored_lists(real_build, model):
    recommender = open_recommenders(real_build)[model]
    everything = np.ones(len(recommender.features.selection), bool)
    for film in random.Random(0).sample(recommender.features.film_ids.tolist(), 300):
        stored, found = recommender.recommend([film], 50), recommender.recommend([film], 50, everything)
        assert [other.id for other in stored] == [other.id for other in found], film
        similarities = [other.similarity for other in stored]
        assert similarities == pytest.approx([other.similarity for other in found], abs=1e-6)


def test_a_film_is_never_recommended_for_itself(client, films):
    rng = random.Random(1)
    for _ in range(50):
        asked = rng.sample(sorted(films), 5)
        assert not {*asked} & {*recommend_ids(client, "/recomendaciones", id=asked, n=50)}


def test_films_of_the_same_franchise_are_left_out(client):
    path = "/peliculas/862/recomendaciones"
    assert 863 in recommend_ids(client, path)
    assert not {863, 10193} & {*recommend_ids(client, path, sin_saga="true", n=50)}


def test_ids_may_be_given_in_two_ways_and_count_once(client):
    expected = client.get("/recomendaciones?id=862&id=597").json()
    for query in ("ids=862,597", "id=862&ids=597", "ids=862,597,862&id=597"):
        assert client.get(f"/recomendaciones?{query}").json()["resultados"] == expected["resultados"], query
    assert [film["titulo"] for film in expected["peliculas"]] == ["Toy Story", "Titanic"]


@EACH_MODEL
def test_each_film_has_a_list_of_its_own(client, films, model):
    asked = list(films)[:200]
    parameters = {"ids": ",".join(map(str, asked)), "cada": "true", "modelo": model, "genero": "Drama"}
    lists = client.get("/recomendaciones", params=parameters).json()
    RecomendacionesDeCada.model_validate(lists, strict=True)
    assert [one["pelicula"]["id"] for one in lists["listas"]] == asked
    for one in lists["listas"][::20]:
        single = client.get(f"/peliculas/{one['pelicula']['id']}/recomendaciones?modelo={model}&genero=Drama").json()
        assert single["resultados"] == one["resultados"]


@pytest.mark.parametrize(
    ("query", "status", "text"),
    [("", 422, "de 1 a 200"), ("ids=", 422, "de 1 a 200"), ("ids=862;597", 422, "862;597"), ("ids=,", 422, "comas"),
     ("ids=" + ",".join(map(str, range(201))), 422, "de 1 a 200"), ("id=x", 422, "número entero"),
     ("id=1e3", 422, "número entero"), ("id=1&id=2.0", 422, "número entero"), ("id=999999999", 404, "999999999"),
     ("ids=862,999999999", 404, "999999999"), ("id=862&genero=Comdy", 404, "Comdy"), ("id=862&n=51", 422, "50"),
     ("id=862&sin_saga=quizas", 422, "true o false"), ("id=862&mes=enero", 422, "mes"),
     ("id=862&n=5&n=6", 422, "más de una vez"), ("id=" + "9" * 400, 404, "id")],
)  # fmt: skip
def test_an_invalid_request_is_one_clear_line(client, query, status, text):
    answer = client.get(f"/recomendaciones?{query}")
    assert answer.status_code == status and text in answer.json()["detail"] and "\n" not in answer.json()["detail"]


def test_the_answers_have_the_form_that_is_documented(client):
    for query in ("id=862", "id=862&id=597&modelo=knn&n=50", "id=862&genero=Comedia&modelo=ampliado"):
        answer = client.get(f"/recomendaciones?{query}").json()
        assert list(answer) == ["peliculas", "modelo", "resultados"]
        assert Recomendaciones.model_validate(answer, strict=True).model_dump() == answer


def test_a_search_needs_neither_scipy_nor_scikit_learn(sample_build, monkeypatch):
    others = ("scipy", "sklearn", "sparse_dot_topn", "pandas", "pyarrow")
    for name in [name for name in sys.modules if name.split(".")[0] in others]:
        monkeypatch.delitem(sys.modules, name)
    for name in others:
        monkeypatch.setitem(sys.modules, name, None)
    for model in open_recommenders(sample_build).values():
        allowed = np.arange(len(model.features.selection)) % 2 == 0
        assert model.recommend([862, 597], 5, allowed)
