"""The questions of moviesmlops over HTTP; everything it knows comes from one build."""

import logging
import os
import sys
import tempfile
from contextlib import asynccontextmanager
from functools import partial
from inspect import iscoroutinefunction
from pathlib import Path
from typing import Annotated, Literal

import orjson
from fastapi import Path as InPath, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from fastapi_offline import FastAPIOffline
from pydantic import TypeAdapter, ValidationError, create_model
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import request_response

from moviesmlops import __version__
from moviesmlops.answers import (
    Franquicia, Nombre, PeliculasDia, PeliculasMes, PeliculasPais, Problema, Productora, Recomendacion, Retorno, Salud,
    Titulo, spanish_recommendations,
)  # fmt: skip
from moviesmlops.features import ModelNotFound
from moviesmlops.problems import (
    TITLES, MoviesError, QueryError, UnknownQueryParameter, describe_problem, preferred_language,
)  # fmt: skip
from moviesmlops.builds import open_recommenders, read_manifest
from moviesmlops.pipeline import make_build
from moviesmlops.queries import Queries

log = logging.getLogger("uvicorn.error")


def open_build(scratch: str) -> Path:
    """The build to serve; where none is named and none is there, one made of the sample."""
    build = Path(os.environ.get("MOVIES_BUILD") or "build")
    if not build.exists() and "MOVIES_BUILD" not in os.environ:
        log.warning("no build/ here: answering from the embedded sample; for more run: moviesmlops build")
        build = make_build("sample", Path(scratch) / "build", report=False)
    return build


@asynccontextmanager
async def lifespan(app):
    with tempfile.TemporaryDirectory() as scratch:
        try:
            build = open_build(scratch)
            app.state.manifest = read_manifest(build)
            app.state.queries = Queries.load(build)
            models = open_recommenders(build) if (build / "models").is_dir() else {}
            for model in models.values():
                if model.neighbours is None:  # a first search takes long: better now than while somebody waits
                    model.similar(int(model.features.film_ids[0]))
        except MoviesError:
            sys.tracebacklimit = 0  # the server stops here and prints the reason, not where it was noticed
            raise
        app.state.recommenders = {"coseno": models["cosine"], "knn": models["knn"]} if models else {}
        app.state.site = build / "site" if (build / "site").is_dir() else None
        if app.state.site:
            app.mount("/eda", GZipMiddleware(StaticFiles(directory=app.state.site, html=True)))
        yield


class StrictRoute(APIRoute):
    """A route that refuses parameters it does not know, rather than answer another question.

    Pydantic reads all parameters in one go, and nothing is opened for dependencies, since there are none: both would
    take FastAPI longer than it takes to look up an answer.
    """

    def __init__(self, *place, **how):
        super().__init__(*place, **how)
        self.app = request_response(self.get_route_handler())

    def get_route_handler(self):
        place, query = self.dependant.path_params, self.dependant.query_params
        fields = {field.alias: (field.field_info.annotation, field.field_info) for field in (*place, *query)}
        question, known = create_model(self.name, **fields), [field.alias for field in query]
        answer, shape = self.endpoint, TypeAdapter(self.response_model)
        quick = iscoroutinefunction(answer)  # the others must not keep the next request waiting

        async def handle(request: Request) -> Response:
            for name in request.query_params:
                if name not in known:
                    raise UnknownQueryParameter(name, known)
            try:
                given = vars(question(**request.query_params, **request.path_params))
            except ValidationError as error:
                raise RequestValidationError(error.errors()) from None
            found = await (answer(request, **given) if quick else run_in_threadpool(answer, request, **given))
            if isinstance(found, Response):
                return found
            return Response(shape.dump_json(shape.validate_python(found)), media_type="application/json")

        return handle


app = FastAPIOffline(
    title="moviesmlops",
    version=__version__,
    summary="Preguntas sobre películas, y recomendaciones",
    description="Los nombres se entienden sin distinguir mayúsculas, acentos ni puntuación; nunca por subcadena.",
    lifespan=lifespan,
    redoc_url=None,
    redirect_slashes=False,
)
app.router.route_class = StrictRoute


def problems(*statuses: int) -> dict:
    """How errors look in the documentation."""
    content = {"application/problem+json": {"schema": Problema.model_json_schema()}}
    return {status: {"description": TITLES[status], "content": content} for status in statuses}


get = partial(app.get, response_description="La respuesta")
pregunta = partial(get, tags=["preguntas"], responses=problems(404, 422))
Anio = Annotated[int | None, Query(description="elige entre las películas de ese título", ge=1800, le=2200)]
Id = Annotated[int | None, Query(description="número de TMDB; elige cualquiera de ese título", ge=0)]
Maximo = Annotated[int, Query(description="cuántos, como mucho", ge=1, le=50)]
Modelo = Annotated[Literal["coseno", "knn"], Query(description="`coseno`, el mejor según la evaluación, o `knn`")]
Numero = Annotated[int, Query(description="cuántas películas", ge=1, le=50)]
Texto = Annotated[str, Query(description="comienzos de palabras", max_length=200)]


@app.exception_handler(QueryError)
@app.exception_handler(RequestValidationError)
@app.exception_handler(HTTPException)
def problem(request: Request, error: Exception) -> JSONResponse:
    language = preferred_language(request.headers.get("accept-language", ""))
    body = describe_problem(error, request.url.path, language)
    headers = getattr(error, "headers", None)
    return JSONResponse(body, body["status"], headers, media_type="application/problem+json")


@app.get("/", include_in_schema=False)
async def inicio(request: Request) -> RedirectResponse:
    return RedirectResponse("eda/" if request.app.state.site else "docs")


@get(
    "/recomendacion/{titulo:path}", response_model=Recomendacion, tags=["recomendaciones"],
    summary="Películas parecidas", responses=problems(404, 422, 503),
)  # fmt: skip
async def recomendacion(
    request: Request, titulo: Annotated[str, InPath(examples=["Toy Story"])],
    modelo: Modelo = "coseno", n: Numero = 5,
    anio: Anio = None, id: Id = None,
):  # fmt: skip
    """Películas parecidas a una, y por qué."""
    queries, recommenders = request.app.state.queries, request.app.state.recommenders
    if not recommenders:
        raise ModelNotFound("the build")
    film = queries.describe(queries.film(titulo, anio, id))
    model = recommenders[modelo]
    searches = model.neighbours is None  # long enough to keep the next request waiting, as looking up a list is not
    found = await run_in_threadpool(model.similar, film["id"], n) if searches else model.similar(film["id"], n)
    # sent as it is: checking every reason again would take as long as finding it
    answer = spanish_recommendations(queries, film, modelo, found)
    return Response(orjson.dumps(answer), media_type="application/json")


@pregunta("/peliculas_mes/{mes:path}", response_model=PeliculasMes, summary="Películas de un mes")
async def peliculas_mes(request: Request, mes: Annotated[str, InPath(examples=["enero"])]):
    """Películas estrenadas en un mes, en español o inglés."""
    return request.app.state.queries.peliculas_mes(mes)


@pregunta("/peliculas_dia/{dia:path}", response_model=PeliculasDia, summary="Películas de un día de la semana")
async def peliculas_dia(request: Request, dia: Annotated[str, InPath(examples=["miércoles"])]):
    """Películas estrenadas en un día de la semana."""
    return request.app.state.queries.peliculas_dia(dia)


@pregunta("/franquicia/{franquicia:path}", response_model=Franquicia, summary="Una franquicia")
async def franquicia(request: Request, franquicia: Annotated[str, InPath(examples=["Back to the Future"])]):
    """Películas y recaudación de una franquicia, con o sin «Collection»."""
    return request.app.state.queries.franquicia(franquicia)


@pregunta("/peliculas_pais/{pais:path}", response_model=PeliculasPais, summary="Películas de un país")
async def peliculas_pais(request: Request, pais: Annotated[str, InPath(examples=["España"])]):
    """Películas producidas en un país: su nombre en español o inglés, o su código ISO."""
    return request.app.state.queries.peliculas_pais(pais)


@pregunta("/productoras/{productora:path}", response_model=Productora, summary="Una productora")
async def productoras(request: Request, productora: Annotated[str, InPath(examples=["Universal Studios"])]):
    """Recaudación y películas de una productora."""
    return request.app.state.queries.productoras(productora)


@pregunta("/retorno/{pelicula:path}", response_model=Retorno, summary="El retorno de una película")
async def retorno(
    request: Request, pelicula: Annotated[str, InPath(examples=["Godzilla"])], anio: Anio = None, id: Id = None
):
    """Lo que costó, recaudó y devolvió una película; entre varias del mismo título, la más popular."""
    return request.app.state.queries.retorno(pelicula, anio, id)


@get("/titulos", response_model=list[Titulo], tags=["nombres"], summary="Buscar títulos", responses=problems(422))
def titulos(request: Request, q: Texto = "", max: Maximo = 10):
    """Títulos en los que cada palabra de `q` comienza una palabra; los más populares primero."""
    return request.app.state.queries.titulos(q, max)


@get(
    "/nombres/{tipo}", response_model=list[Nombre], tags=["nombres"], summary="Buscar nombres",
    responses=problems(404, 422),
)  # fmt: skip
def nombres(
    request: Request, tipo: Annotated[str, InPath(examples=["franquicias"])], q: Texto = "", max: Maximo = 10
):
    """Nombres que entienden las preguntas: `franquicias`, `productoras` o `paises`."""
    return request.app.state.queries.nombres(tipo, q, max)


@get("/salud", response_model=Salud, tags=["servicio"], summary="El estado del servicio")
async def salud(request: Request):
    """De qué datos salen las respuestas."""
    manifest = request.app.state.manifest
    return Salud(
        estado="ok", fuente=manifest["source"], peliculas=manifest["counts"]["films"],
        construido=manifest["built"], huella=manifest["sha256"], version=__version__,
    )  # fmt: skip
