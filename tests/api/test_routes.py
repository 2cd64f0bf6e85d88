"""The quick reading of parameters answers as FastAPI's own routes do, whatever is asked."""

import re
from urllib.parse import quote, urlencode

import pytest
from fastapi import Depends, FastAPI
from fastapi.routing import APIRoute
from hypothesis import given, settings, strategies as st
from pydantic import BaseModel, Field
from starlette.testclient import TestClient

from moviesmlops import routes
from support import load_api

QUICK = {"peliculas_mes", "peliculas_dia", "franquicia", "peliculas_pais", "productoras", "retorno", "recomendacion"}


def application(route_class: type[APIRoute]) -> FastAPI:
    """The application of `api.py`, with routes of a class."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(routes, "QuickRoute", route_class)
        return load_api().app


@pytest.fixture(scope="module")
def both(sample_build):
    """Clients of the same API: over FastAPI's own routes, and over the quick ones."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOVIES_BUILD", str(sample_build))
        with TestClient(application(APIRoute)) as plain, TestClient(application(routes.QuickRoute)) as quick:
            yield plain, quick


def test_the_six_questions_and_recommendations_are_read_the_quick_way():
    quick = {route.name for route in application(routes.QuickRoute).routes if isinstance(route, APIRoute)
             and routes.is_quick(route)}  # fmt: skip
    assert quick >= QUICK


NUMBERS = st.integers(-3, 60) | st.integers(1780, 2220) | st.sampled_from([929, 862, 863, 10**30])
SPELT = NUMBERS.map(str) | NUMBERS.map(" {}".format) | NUMBERS.map("{}.0".format) | NUMBERS.map("+{}".format)
VALUES = (
    SPELT
    | st.sampled_from(["coseno", "knn", "Coseno", "", "1e3", "0x10", "1_000", "true", "null"])
    | st.text(max_size=8)
)
QUERY = st.lists(
    st.tuples(st.sampled_from(["anio", "id", "n", "modelo", "q", "max", "year", "titulo", "pelicula"]), VALUES),
    max_size=4,
)
NAMES = st.sampled_from(["Toy Story", "Godzilla", "enero", "lunes", "France", "", "a/b"]) | st.text(max_size=8)


@settings(max_examples=1500, deadline=None)
@given(path=st.sampled_from([*sorted(QUICK), "titulos", "nombres", "salud"]), name=NAMES, query=QUERY)
def test_every_request_is_answered_as_fastapi_answers_it(both, path, name, query):
    address = f"/{path}" + ("" if path in ("titulos", "salud") else f"/{quote(name, safe='')}")
    named = {"X-Request-ID": "one"}
    plain, quick = (client.get(f"{address}?{urlencode(query)}", headers=named) for client in both)
    since = re.compile(rb'"desde":"[^"]*"')  # each client has opened the build for itself
    assert (quick.status_code, since.sub(b"", quick.content)) == (plain.status_code, since.sub(b"", plain.content))
    assert dict(quick.headers) == dict(plain.headers)


async def needs_a_header(x_name: str = "") -> None: ...


def needs_a_thread() -> None: ...


@pytest.mark.parametrize("dependency", [needs_a_header, needs_a_thread])
def test_a_route_that_needs_more_is_left_to_fastapi(dependency):
    app = FastAPI()
    app.router.route_class = routes.QuickRoute

    @app.get("/film", response_model=dict, dependencies=[Depends(dependency)])
    async def film():
        return {"title": "Alien"}

    route = app.routes[-1]
    assert not routes.is_quick(route)
    assert TestClient(app).get("/film").json() == {"title": "Alien"}


@pytest.mark.parametrize("options", [{"exclude": {"year"}}, {"include": {"year"}}, {"by_alias": False}])
def test_what_a_route_leaves_out_of_its_answer_is_left_out(options):
    class Film(BaseModel):
        title: str = Field(alias="name")
        year: int

    answers = []
    for route_class in (APIRoute, routes.QuickRoute):
        app = FastAPI()
        app.router.route_class = route_class

        @app.get("/film", response_model=Film, **{f"response_model_{name}": value for name, value in options.items()})
        async def film():
            return {"name": "Alien", "year": 1979}

        assert routes.is_quick(app.routes[-1])
        answers.append(TestClient(app).get("/film").json())
    assert answers[0] == answers[1]
