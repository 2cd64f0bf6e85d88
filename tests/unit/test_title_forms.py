"""Titles written as in lists of films, with their year, with their article at the end, or as an id."""

import pytest

from moviesmlops.catalog import write_database
from moviesmlops.etl import load_or_build_films, load_or_build_original_titles
from moviesmlops.names import ImdbIdNotAccepted, UnknownName
from moviesmlops.queries import Queries, UnknownYear

TITLES = {862: "Toy Story", 1417: "929", 929: "Godzilla", 99: "Les Misérables", 289: "300"}


@pytest.fixture(scope="module")
def queries(tmp_path_factory) -> Queries:
    """Of the sample with some other titles: one is the id of another film, one has a foreign article."""
    films = load_or_build_films("sample")
    films["title"] = films.id.map(TITLES).fillna(films.title)
    folder = tmp_path_factory.mktemp("titles")
    write_database(films, load_or_build_original_titles("sample"), folder / "catalog")
    return Queries.load(folder)


@pytest.mark.parametrize(
    ("typed", "id"),
    [("Toy Story (1995)", 862), (" toy story(1995) ", 862), ("Godzilla (1998)", 929), ("Godzilla (2014)", 124905),
     ("Godfather, The (1972)", 238), ("GODFATHER, THE (1972)", 238), ("Laberinto del fauno, El (2006)", 1417),
     ("Misérables, Les", 99), ("862", 862), (" 862 ", 862), ("929", 1417), ("300", 289)],
)  # fmt: skip
def test_a_title_is_found_with_its_year_with_its_article_at_the_end_or_by_its_id(queries, typed, id):
    assert queries.film(typed).id == id


def test_a_number_that_is_a_title_is_not_an_id(queries):
    assert queries.film("929").title == "929" and queries.film("Godzilla", film_id=929).id == 929


@pytest.mark.parametrize("typed", ["Toy Story (1996)", "Toy Story (1995)", "862"])
def test_a_year_that_is_not_the_films_is_refused_with_its_years(queries, typed):
    with pytest.raises(UnknownYear) as raised:
        queries.film(typed, None if "1996" in typed else 1998)
    assert raised.value.suggestions == [1995]


@pytest.mark.parametrize("typed", ["0862", "8.62", "٨٦٢", "9" * 30, "-862", "(1995)", "xyzzy (1995)", "1995)", ", The"])
def test_what_only_looks_like_an_id_or_a_year_is_unknown(queries, typed):
    with pytest.raises(UnknownName):
        queries.film(typed)


@pytest.mark.parametrize("typed", ["tt0114709", "TT0114709", " tt0114709 "])
def test_an_imdb_id_is_an_error_that_says_what_to_use(queries, typed):
    with pytest.raises(ImdbIdNotAccepted, match="id="):
        queries.film(typed)


def test_the_suggestions_for_a_misspelt_title_ignore_its_year(queries):
    for typed in ("Toy Stroy (1995)", "Godfahter, The (1972)"):
        with pytest.raises(UnknownName) as raised:
            queries.film(typed)
        assert raised.value.suggestions[0] in ("Toy Story", "The Godfather")
    assert queries.titulos("Toy Stroy (1995)")[0]["titulo"] == "Toy Story"


@pytest.mark.parametrize("typed", ["Toy Story (1995)", "862"])
def test_a_search_finds_the_film_too(queries, typed):
    assert queries.titulos(typed, include_similar=False) == [{"id": 862, "titulo": "Toy Story", "anio": 1995}]
