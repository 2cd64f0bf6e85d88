"""The HTTP API of moviesmlops: questions and recommendations, answered from one build."""

import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Annotated

from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi_offline import FastAPIOffline
from orjson import dumps
from starlette.exceptions import HTTPException
from starlette.routing import Mount

from moviesmlops import __version__, schemas
from moviesmlops.live import Build, watching_build, serve_site
from moviesmlops.build import find_or_make_build
from moviesmlops.errors import QueryError, report_errors_in_one_line
from moviesmlops.http_errors import describe_problem, preferred_language
from moviesmlops.routes import LimitedWorker, QuickRoute, refuse_unknown_parameters, find_suggestions
from moviesmlops.middleware import Files, HttpMiddleware, begin_logging, metrics_page
from moviesmlops.settings import read_settings


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.router.routes.sort(key=lambda route: not isinstance(route, QuickRoute))  # the most frequent routes first
    begin_logging()
    with tempfile.TemporaryDirectory() as scratch:
        app.state.scratch = scratch
        with report_errors_in_one_line():
            app.state.settings, name = read_settings(), find_or_make_build()
            app.state.build = Build.open(name)
        async with watching_build(name, app.state):
            yield


def shown_at(app: FastAPI) -> str:
    settings = getattr(app.state, "settings", None)  # none before the start
    return settings.root_path if settings else ""


app = FastAPIOffline(
    title="moviesmlops",
    version=__version__,
    summary="Preguntas sobre películas y recomendaciones",
    description=schemas.API_DESCRIPTION,
    lifespan=lifespan,
    dependencies=[Depends(refuse_unknown_parameters)],
    generate_unique_id_function=lambda route: route.name,
    redoc_url=None,
    redirect_slashes=False,
    telemetry={"tracing": False, "metrics": False, "logs": False},  # costs a tenth of an answer
)
app.add_middleware(HttpMiddleware)
app.openapi = schemas.add_error_responses(app.openapi, lambda: shown_at(app))  # type: ignore[method-assign]
app.router.route_class = QuickRoute  # optional: the same answers, faster


async def get_build(request: Request) -> Build:
    return request.state.build


async def prefix(request: Request) -> str:
    """Where a proxy shows the API."""
    return request.scope.get("app_root_path", request.scope["root_path"])


app.mount("/eda", serve_site)
docs_files = next(route for route in app.routes if isinstance(route, Mount) and route.name == "static-offline-docs")
docs_files.app = Files(docs_files.app.directory)
app.add_route("/metricas", metrics_page, include_in_schema=False)
search_worker = LimitedWorker()  # runs expensive searches one at a time


@app.exception_handler(QueryError)
@app.exception_handler(RequestValidationError)
@app.exception_handler(HTTPException)
@app.exception_handler(Exception)
async def handle_error(request: Request, error: Exception) -> JSONResponse:
    await find_suggestions(error, search_worker)
    language = preferred_language(request.headers.get("accept-language", ""))
    described = describe_problem(error, request.url.path, language, await prefix(request))
    body = described | {"peticion": request.state.request_id.decode()}
    return JSONResponse(body, body["status"], getattr(error, "headers", None), media_type="application/problem+json")


get = partial(app.get, response_description="La respuesta", responses=schemas.error_responses(422))
question = partial(get, tags=["preguntas"], responses=schemas.error_responses(404, 422))
recommendation = partial(get, tags=["recomendaciones"], responses=schemas.error_responses(404, 422, 503))
name_search = partial(get, tags=["nombres"], response_model_exclude_none=True)
CurrentBuild = Annotated[Build, Depends(get_build)]
Root = Annotated[str, Depends(prefix)]


def add_related_link(response: Response, build: Build, root: str, tipo: str, name: str) -> None:
    query = build.queries.related_search(tipo, name)
    if query:
        response.headers["link"] = schemas.related_link(root, tipo, query)


async def search(find: Callable[..., list]) -> list:
    return find(near=False) or [row | {"aproximado": True} for row in await search_worker(find)]


@question("/peliculas_mes/{mes:path}", response_model=schemas.PeliculasMes, summary="Películas de un mes")
async def peliculas_mes(build: CurrentBuild, mes: schemas.Mes) -> dict:
    """Cantidad de películas estrenadas en un mes, escrito en español o inglés."""
    return build.queries.peliculas_mes(mes)


@question("/peliculas_dia/{dia:path}", response_model=schemas.PeliculasDia, summary="Películas de un día de la semana")
async def peliculas_dia(build: CurrentBuild, dia: schemas.Dia) -> dict:
    """Cantidad de películas estrenadas en un día de la semana, escrito en español o inglés."""
    return build.queries.peliculas_dia(dia)


@question("/franquicia/{franquicia:path}", response_model=schemas.Franquicia, summary="Recaudación de una franquicia")
async def franquicia(
    build: CurrentBuild, root: Root, franquicia: schemas.NombreDeFranquicia, response: Response
) -> dict:  # fmt: skip
    """Películas y recaudación de una franquicia, con o sin «Collection». Nombres válidos: `/nombres/franquicias`."""
    answer = build.queries.franquicia(franquicia)
    add_related_link(response, build, root, "franquicias", answer["franquicia"])
    return answer


@question("/peliculas_pais/{pais:path}", response_model=schemas.PeliculasPais, summary="Películas de un país")
async def peliculas_pais(build: CurrentBuild, pais: schemas.Pais) -> dict:
    """Cantidad de películas producidas en un país, por su nombre en español o inglés o su código ISO."""
    return build.queries.peliculas_pais(pais)


@question("/productoras/{productora:path}", response_model=schemas.Productora, summary="Recaudación de una productora")
async def productoras(
    build: CurrentBuild, root: Root, productora: schemas.NombreDeProductora, response: Response
) -> dict:  # fmt: skip
    """Recaudación y películas de la productora con ese nombre exacto. Nombres válidos: `/nombres/productoras`."""
    answer = build.queries.productoras(productora)
    add_related_link(response, build, root, "productoras", answer["productora"])
    return answer


@question("/retorno/{pelicula:path}", response_model=schemas.Retorno, summary="Retorno de una película")
async def retorno(
    build: CurrentBuild, pelicula: schemas.Pelicula, anio: schemas.Anio = None, id: schemas.Id = None
) -> dict:
    """Presupuesto, recaudación y retorno de una película; si varias comparten el título, la más popular."""
    return build.queries.retorno(pelicula, anio, id)


@recommendation("/recomendacion/{titulo:path}", response_model=schemas.Recomendacion, summary="Películas parecidas")
async def recomendacion(
    build: CurrentBuild, titulo: schemas.TituloConocido, modelo: schemas.Modelo = "coseno", n: schemas.Numero = 5,
    anio: schemas.Anio = None, id: schemas.Id = None,
) -> Response:  # fmt: skip
    """Películas parecidas a la indicada, con los motivos. Ninguna tiene similitud 0: puede haber menos de `n`."""
    found = await build.recommend_async(titulo, modelo, n, anio, id)
    count, headers = len(found["detalle"]), {}
    if count < n:
        headers["X-Lista-Incompleta"] = f"{count} de {n}: ninguna otra tiene similitud mayor que 0"
    return Response(dumps(found), media_type="application/json", headers=headers)  # not validated: that takes as long


@name_search(
    "/titulos",
    response_model=list[schemas.TituloHallado],
    responses=schemas.error_responses(422, 503),
    summary="Títulos",
)
async def titulos(build: CurrentBuild, q: schemas.Texto = "", max: schemas.Maximo = 10) -> list:
    """Títulos, también originales, con palabras que empiezan por las de `q`: primero los que se llaman exactamente así,
    después los más populares. Si no hay ninguno, los más parecidos, con `aproximado`."""
    return await search(partial(build.queries.titulos, q, max))


@name_search(
    "/nombres/{tipo}", response_model=list[schemas.Nombre], responses=schemas.error_responses(404, 422, 503),
    summary="Nombres",
)  # fmt: skip
async def nombres(build: CurrentBuild, tipo: schemas.Tipo, q: schemas.Texto = "", max: schemas.Maximo = 10) -> list:
    """Nombres que aceptan las preguntas: `franquicias`, `productoras` o `paises`. Si no hay ninguno, los más parecidos,
    con `aproximado`."""
    return await search(partial(build.queries.nombres, tipo, q, max))


@get(
    "/salud", response_model=schemas.Salud, response_model_exclude_none=True, tags=["servicio"],
    summary="Estado del servicio",
)  # fmt: skip
async def salud(build: CurrentBuild) -> dict:
    """Estado del servicio y origen de los datos."""
    return build.health()


@get(
    "/listo",
    response_model=schemas.Listo,
    tags=["servicio"],
    responses=schemas.error_responses(422, 503),
    summary="Listo",
)
async def listo(build: CurrentBuild) -> dict:
    """Indica si el servicio puede responder; si no, devuelve 503."""
    return build.ready()


@app.get("/", include_in_schema=False)
async def inicio(root: Root, build: CurrentBuild) -> RedirectResponse:
    return RedirectResponse(f"{root}/{'eda/' if build.site else 'docs'}")


@app.get("/eda", include_in_schema=False)
async def informe(root: Root) -> RedirectResponse:
    return RedirectResponse(f"{root}/eda/")


if __name__ == "__main__":
    from moviesmlops.cli import main

    sys.argv[1:1] = ["serve"]
    main()
