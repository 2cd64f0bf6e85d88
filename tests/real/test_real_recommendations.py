"""Recommendations for the films of the real table, and their reasons."""

import random
from dataclasses import fields
from urllib.parse import quote

import numpy as np
import pytest

from independent import parse_films as independent_films
from moviesmlops.etl import read_films
from moviesmlops.features import Features, open_features
from support import THREE_MODELS, get_all, recommend


@THREE_MODELS
def test_the_reasons_add_up_to_the_similarity(real_client, real_build, model):
    films = read_films(real_build / "catalog")[["id", "title"]].sample(1000, random_state=1)
    for film_id, title in films.itertuples(index=False):  # the reasons of the first five are stored
        for film in recommend(real_client, title, id=film_id, n=8, modelo=model).json()["detalle"]:
            assert sum(reason["parte"] for reason in film["motivos"]) == pytest.approx(film["similitud"], abs=1e-6)


def test_the_embedded_table_gives_the_same_recommendations_as_the_original_one(real_build):
    """The features of its words are those of the sentences, and the recommenders use nothing else."""
    original, embedded = Features.load(real_build / "models"), open_features("table")
    for field in fields(Features):
        assert np.array_equal(getattr(embedded, field.name), getattr(original, field.name)), field.name


@THREE_MODELS
def test_common_words_are_combined_into_one_reason(real_client, model):
    for title in ("The Godfather", "Casablanca", "Groundhog Day", "Schindler's List", "Amélie"):
        for film in recommend(real_client, title, n=10, modelo=model).json()["detalle"]:
            reasons = [(reason["tipo"], reason["valor"]) for reason in film["motivos"]]
            common = [value for kind, value in reasons if kind == "palabras comunes"]
            assert len(common) <= 1 and all(int(value) > 0 for value in common)
            words = {value for kind, value in reasons if kind == "palabra"}
            assert not words & {"the", "her", "his", "that", "at", "young", "who", "life"}


def test_a_genre_is_a_reason_only_if_both_films_have_it(real_client, real_build):
    films = read_films(real_build / "catalog").set_index("id")
    for title in ("Alien", "Casablanca", "Toy Story", "Spirited Away"):
        for model in ("coseno", "knn"):
            for film in recommend(real_client, title, modelo=model, n=10).json()["detalle"]:
                genres = {entry["name"] for entry in films.genres[film["id"]]}
                genre_reasons = {reason["valor"] for reason in film["motivos"] if reason["tipo"] == "género"}
                assert genre_reasons <= genres, (title, model, film["titulo"])
                text = (films.overview[film["id"]] if isinstance(films.overview[film["id"]], str) else "").lower()
                words = [reason["valor"] for reason in film["motivos"] if reason["tipo"] == "palabra"]
                assert model == "knn" or all(word in text for word in words)


def test_each_film_of_the_real_table_gets_recommendations(real_client, real_table):
    kept = independent_films(real_table)
    candidates = sorted(
        (film for film in kept if film["date"].year >= 1970),
        key=lambda film: (-float(film["vote_average"] or -1), -float(film["popularity"] or -1), int(film["id"])),
    )
    selected = {int(film["id"]) for film in candidates[:10_000]}
    rng = random.Random(0)
    paths = [
        f"/recomendacion/{quote(film['title'], safe='')}?id={film['id']}&modelo={rng.choice(['coseno', 'knn'])}"
        for film in kept
    ]
    for film, answer in zip(kept, get_all(real_client, paths), strict=True):
        assert answer.status_code == 200, film["title"]
        ids = {found["id"] for found in answer.json()["detalle"]}
        assert ids <= selected - {int(film["id"])}
        assert len(ids) == 5 or answer.headers["x-lista-incompleta"].startswith(f"{len(ids)} de 5")
