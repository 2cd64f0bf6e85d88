"""The questions of moviesmlops over HTTP; everything it knows comes from one build."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Annotated

from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi_offline import FastAPIOffline
from orjson import dumps
from starlette.exceptions import HTTPException

from moviesmlops import __version__, schemas
from moviesmlops.live import Build, following, site
from moviesmlops.build import build_to_serve
from moviesmlops.errors import QueryError, in_one_line
from moviesmlops.http_errors import describe_problem, preferred_language
from moviesmlops.routes import Aside, QuickRoute, known_parameters, suggest
from moviesmlops.middleware import Manners, metrics_page
from moviesmlops.settings import read_settings


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.router.routes.sort(key=lambda route: not isinstance(route, QuickRoute))  # what is asked most comes first
    with tempfile.TemporaryDirectory() as scratch:
        with in_one_line():
            app.state.settings, name = read_settings(), build_to_serve(scratch)
            app.state.build = Build.open(name)
        async with following(name, app.state):
            yield


app = FastAPIOffline(
    title="moviesmlops",
    version=__version__,
    summary="Preguntas sobre películas, y recomendaciones",
    description=schemas.DESCRIPCION,
    lifespan=lifespan,
    dependencies=[Depends(known_parameters)],
    generate_unique_id_function=lambda route: route.name,
    redoc_url=None,
    redirect_slashes=False,
)
app.add_middleware(Manners)
app.openapi = schemas.with_problems(app.openapi)  # type: ignore[method-assign]
app.router.route_class = QuickRoute  # without this line the same answers come, only slower


async def opened(request: Request) -> Build:
    return request.state.build


app.mount("/eda", site)
app.add_route("/metricas", metrics_page, include_in_schema=False)
aside = Aside()  # where what takes long waits


@app.exception_handler(QueryError)
@app.exception_handler(RequestValidationError)
@app.exception_handler(HTTPException)
@app.exception_handler(Exception)
async def problem(request: Request, error: Exception) -> JSONResponse:
    await suggest(error, aside)
    language = preferred_language(request.headers.get("accept-language", ""))
    body = describe_problem(error, request.url.path, language) | {"peticion": request.state.request_id.decode()}
    return JSONResponse(body, body["status"], getattr(error, "headers", None), media_type="application/problem+json")


get = partial(app.get, response_description="La respuesta", responses=schemas.problems(422))
pregunta = partial(get, tags=["preguntas"], responses=schemas.problems(404, 422))
recomienda = partial(get, tags=["recomendaciones"], responses=schemas.problems(404, 422, 503))
busca = partial(get, tags=["nombres"], response_model_exclude_none=True)
Opened = Annotated[Build, Depends(opened)]


def linked(response: Response, build: Build, tipo: str, found: dict) -> dict:
    if query := build.queries.related_search(tipo, next(iter(found.values()))):
        response.headers["link"] = schemas.related(tipo, query)
    return found


@pregunta("/peliculas_mes/{mes:path}", response_model=schemas.PeliculasMes, summary="Películas de un mes")
async def peliculas_mes(build: Opened, mes: schemas.Mes) -> dict:
    """Películas estrenadas en un mes, en español o inglés."""
    return build.queries.peliculas_mes(mes)


@pregunta("/peliculas_dia/{dia:path}", response_model=schemas.PeliculasDia, summary="Películas de un día de la semana")
async def peliculas_dia(build: Opened, dia: schemas.Dia) -> dict:
    """Películas estrenadas en un día de la semana."""
    return build.queries.peliculas_dia(dia)


@pregunta("/franquicia/{franquicia:path}", response_model=schemas.Franquicia, summary="Una franquicia")
async def franquicia(build: Opened, franquicia: schemas.NombreDeFranquicia, response: Response) -> dict:
    """Películas y recaudación de una franquicia, con o sin «Collection». Antes, búsquela en `/nombres/franquicias`."""
    return linked(response, build, "franquicias", build.queries.franquicia(franquicia))


@pregunta("/peliculas_pais/{pais:path}", response_model=schemas.PeliculasPais, summary="Películas de un país")
async def peliculas_pais(build: Opened, pais: schemas.Pais) -> dict:
    """Películas producidas en un país: su nombre en español o inglés, o su código ISO."""
    return build.queries.peliculas_pais(pais)


@pregunta("/productoras/{productora:path}", response_model=schemas.Productora, summary="Una productora")
async def productoras(build: Opened, productora: schemas.NombreDeProductora, response: Response) -> dict:
    """Recaudación y películas de una productora, de ese nombre exacto. Antes, búsquela en `/nombres/productoras`."""
    return linked(response, build, "productoras", build.queries.productoras(productora))


@pregunta("/retorno/{pelicula:path}", response_model=schemas.Retorno, summary="El retorno de una película")
async def retorno(build: Opened, pelicula: schemas.Pelicula, anio: schemas.Anio = None, id: schemas.Id = None) -> dict:
    """Lo que costó, recaudó y devolvió una película; entre varias del mismo título, la más popular."""
    return build.queries.retorno(pelicula, anio, id)


@recomienda("/recomendacion/{titulo:path}", response_model=schemas.Recomendacion, summary="Películas parecidas")
async def recomendacion(
    build: Opened, titulo: schemas.TituloConocido, modelo: schemas.Modelo = "coseno", n: schemas.Numero = 5,
    anio: schemas.Anio = None, id: schemas.Id = None,
) -> Response:  # fmt: skip
    """Películas parecidas a una, y por qué."""
    found = await build.recommended(titulo, modelo, n, anio, id)
    return Response(dumps(found), media_type="application/json")  # as it is; to check it would take as long


@busca("/titulos", response_model=list[schemas.TituloHallado], summary="Buscar títulos")
async def titulos(build: Opened, q: schemas.Texto = "", max: schemas.Maximo = 10) -> list:
    """Títulos, también originales, en los que cada palabra de `q` comienza una palabra; los más populares primero."""
    found = partial(build.queries.titulos, q, max)
    return found(near=False) or await aside(found, [])


@busca("/nombres/{tipo}", response_model=list[schemas.Nombre], responses=schemas.problems(404, 422), summary="Nombres")
async def nombres(build: Opened, tipo: schemas.Tipo, q: schemas.Texto = "", max: schemas.Maximo = 10) -> list:
    """Nombres que entienden las preguntas: `franquicias`, `productoras` o `paises`."""
    found = partial(build.queries.nombres, tipo, q, max)
    return found(near=False) or await aside(found, [])


@get("/salud", response_model=schemas.Salud, tags=["servicio"], summary="El estado del servicio")
async def salud(build: Opened) -> dict:
    """De qué datos salen las respuestas."""
    return build.health()


@get("/listo", response_model=schemas.Listo, tags=["servicio"], responses=schemas.problems(422, 503), summary="Listo")
async def listo(build: Opened) -> dict:
    """Si una pregunta tiene respuesta; si no, 503."""
    return build.ready()


@app.get("/", include_in_schema=False)
async def inicio(request: Request, build: Opened) -> RedirectResponse:
    return RedirectResponse(f"{request.scope['root_path']}/{'eda/' if build.site else 'docs'}")
