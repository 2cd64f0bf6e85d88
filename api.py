"""The HTTP API of moviesmlops: answers the six questions and recommends films, based on one build."""

import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from sqlite3 import DatabaseError

from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from fastapi_offline import FastAPIOffline
from starlette.exceptions import HTTPException

from moviesmlops import __version__, film_routes, schemas
from moviesmlops.pipeline import find_or_make_build
from moviesmlops.error_page import error_page
from moviesmlops.errors import QueryError, report_errors_in_one_line
from moviesmlops.live import Build, CurrentBuild, NotReady, run_build_checks, serve_site
from moviesmlops.middleware import HttpMiddleware, compress_static_files, logger, metrics_page, start_logging
from moviesmlops.routes import (
    NO_TELEMETRY, LimitedWorker, QuickRoute, RootPath, about_link, add_about_link, add_revenue_and_link_headers,
    find_suggestions, move_quick_routes_first, problem_response, recommendation_response, reject_unknown_parameters,
    search_names,
)  # fmt: skip
from moviesmlops.settings import read_settings


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    move_quick_routes_first(app)
    start_logging()
    with tempfile.TemporaryDirectory() as scratch:
        app.state.scratch = scratch
        with report_errors_in_one_line():
            app.state.settings = read_settings()
            path = find_or_make_build()
            app.state.build = Build.open(path)
        async with run_build_checks(path, app.state):
            yield


app = FastAPIOffline(
    title="moviesmlops",
    version=__version__,
    summary="Preguntas sobre películas y recomendaciones",
    description=schemas.API_DESCRIPTION,
    lifespan=lifespan,
    dependencies=[Depends(reject_unknown_parameters)],
    generate_unique_id_function=lambda route: route.name,
    redoc_url=None,
    redirect_slashes=False,
    telemetry=NO_TELEMETRY,
)
app.state.settings = read_settings({})  # the default settings until the server starts
app.openapi = schemas.extend_openapi(app.openapi, lambda: app.state.settings.root_path)  # type: ignore[method-assign]
app.router.route_class = QuickRoute  # optional; returns the same responses, but faster
app.add_middleware(HttpMiddleware)
compress_static_files(app)
app.mount("/eda", serve_site)
app.add_route("/metricas", metrics_page, include_in_schema=False)
search_worker = LimitedWorker()


@app.exception_handler(QueryError)
@app.exception_handler(RequestValidationError)
@app.exception_handler(HTTPException)
@app.exception_handler(Exception)
async def handle_error(request: Request, error: Exception) -> JSONResponse:
    await find_suggestions(error, search_worker)
    return await problem_response(request, error)


@app.exception_handler(DatabaseError)
async def handle_database_error(request: Request, error: DatabaseError) -> JSONResponse:
    logger.error("request %s: %s", request.state.request_id.decode(), error)
    return await handle_error(request, NotReady(reason=error))


get = partial(app.get, response_description="La respuesta", responses=schemas.error_responses(422))
question = partial(get, tags=["preguntas"], responses=schemas.error_responses(404, 422))
recommendation = partial(get, tags=["recomendaciones"], responses=schemas.error_responses(404, 422, 503))
films = partial(get, tags=["películas"], responses=schemas.error_responses(404, 422))
name_search = partial(get, tags=["nombres"], response_model_exclude_none=True)
service = partial(get, tags=["servicio"], response_model_exclude_none=True)


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
    build: CurrentBuild, root: RootPath, franquicia: schemas.NombreDeFranquicia, response: Response
) -> dict:  # fmt: skip
    """Películas y recaudación de una franquicia, con o sin «Collection». Nombres válidos: `/nombres/franquicias`."""
    answer = build.queries.franquicia(franquicia)
    return add_revenue_and_link_headers(answer, "franquicia", build.queries, root, response)


@question("/peliculas_pais/{pais:path}", response_model=schemas.PeliculasPais, summary="Películas de un país")
async def peliculas_pais(build: CurrentBuild, pais: schemas.Pais) -> dict:
    """Cantidad de películas producidas en un país, por su nombre en español o inglés o su código ISO."""
    return build.queries.peliculas_pais(pais)


@question("/productoras/{productora:path}", response_model=schemas.Productora, summary="Recaudación de una productora")
async def productoras(
    build: CurrentBuild, root: RootPath, productora: schemas.NombreDeProductora, response: Response
) -> dict:  # fmt: skip
    """Recaudación y películas de la productora con ese nombre exacto. Nombres válidos: `/nombres/productoras`."""
    answer = build.queries.productoras(productora)
    return add_revenue_and_link_headers(answer, "productora", build.queries, root, response)


@question("/retorno/{pelicula:path}", response_model=schemas.Retorno, summary="Retorno de una película")
async def retorno(
    build: CurrentBuild, root: RootPath, pelicula: schemas.Pelicula, response: Response, anio: schemas.Anio = None,
    id: schemas.Id = None,
) -> dict:  # fmt: skip
    """Presupuesto, recaudación y retorno de una película; si varias comparten el título, la más popular."""
    film = add_about_link(build.queries.film(pelicula, anio, id), root, response)
    return build.queries.describe_return(film)


@recommendation("/recomendacion/{titulo:path}", response_model=schemas.Recomendacion, summary="Películas parecidas")
async def recomendacion(
    build: CurrentBuild, root: RootPath, titulo: schemas.TituloDePelicula, modelo: schemas.Modelo = "coseno",
    n: schemas.Numero = 5, anio: schemas.Anio = None, id: schemas.Id = None,
) -> Response:  # fmt: skip
    """Películas parecidas a la indicada, con los motivos. Ninguna tiene similitud 0: puede haber menos de `n`."""
    film = build.film_to_compare(titulo, anio, id)
    return recommendation_response(await build.recommend_async(film, modelo, n), n, about_link(root, film.id))


@films(
    "/peliculas", response_model=film_routes.ListaDePeliculas, summary="Lista de películas",
    responses=schemas.error_responses(404, 422) | {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)  # fmt: skip
async def peliculas(
    request: Request, build: CurrentBuild, root: RootPath, filtros: film_routes.FilmFilters,
    orden: film_routes.Orden = "popularidad", max: film_routes.Pagina = 20, despues: film_routes.Despues = "",
    formato: film_routes.Formato = None,
) -> Response:  # fmt: skip
    """Películas que cumplen todas las condiciones, página por página, o todas como CSV. Los nombres se entienden como
    en las preguntas, y `total` es su `cantidad`."""
    return await film_routes.film_list_response(request, root, build, filtros, orden, max, despues, formato)


@films("/peliculas/{id}", response_model=film_routes.Pelicula, summary="Una película")
async def pelicula(build: CurrentBuild, id: film_routes.FilmId) -> dict:
    """Los datos de una película; lo que no consta es null."""
    return build.queries.film_by_id(id)


@recommendation(
    "/peliculas/{id}/recomendaciones", response_model=film_routes.Recomendaciones, summary="Películas parecidas a una"
)
async def recomendaciones_de_una(
    build: CurrentBuild, id: film_routes.FilmId, filtros: film_routes.RecommendationParameters,
    modelo: schemas.Modelo = "coseno",
    n: schemas.Numero = 5,
) -> Response:  # fmt: skip
    """Películas parecidas a la indicada, entre las que cumplen las condiciones."""
    return await film_routes.recommendations_response(build, [id], modelo, n, filtros)


@recommendation(
    "/recomendaciones", response_model=film_routes.Recomendaciones | film_routes.RecomendacionesDeCada,
    summary="Películas parecidas a varias",
)  # fmt: skip
async def recomendaciones(
    build: CurrentBuild, filtros: film_routes.RecommendationParameters, id: film_routes.FilmIds = [],  # noqa: B006
    ids: film_routes.Ids = "", cada: film_routes.Cada = False, modelo: schemas.Modelo = "coseno", n: schemas.Numero = 5,
) -> Response:  # fmt: skip
    """Películas parecidas a varias a la vez, o con `cada` una lista para cada una, entre las que cumplen las
    condiciones."""
    respond = film_routes.lists_response if cada else film_routes.recommendations_response
    return await respond(build, film_routes.read_ids(id, ids), modelo, n, filtros)


@name_search(
    "/titulos", response_model=list[schemas.TituloHallado], responses=schemas.error_responses(422, 503),
    summary="Títulos",
)  # fmt: skip
async def titulos(
    build: CurrentBuild, response: Response, q: schemas.Texto = "", max: schemas.Maximo = 10, inicio: schemas.Inicio = 0
) -> list:  # fmt: skip
    """Títulos, también originales, con palabras que empiezan por las de `q`: primero los que se llaman exactamente así,
    después los más populares. Si no hay ninguno, los más parecidos, con `aproximado`."""
    total = build.queries.count_matches("peliculas", q)
    return await search_names(build.queries.titulos, total, q, max, inicio, search_worker, response)


@name_search(
    "/nombres/{tipo}", response_model=list[schemas.Nombre], responses=schemas.error_responses(404, 422, 503),
    summary="Nombres",
)  # fmt: skip
async def nombres(
    build: CurrentBuild, response: Response, tipo: schemas.Tipo, q: schemas.Texto = "", max: schemas.Maximo = 10,
    inicio: schemas.Inicio = 0,
) -> list:  # fmt: skip
    """Nombres que aceptan las preguntas y los filtros: `franquicias`, `productoras`, `paises`, `generos` o `idiomas`.
    Si no hay ninguno, los más parecidos, con `aproximado`."""
    total = build.queries.count_matches(build.queries.normalize_entity_type(tipo), q)
    search = partial(build.queries.nombres, tipo)
    return await search_names(search, total, q, max, inicio, search_worker, response)


@service("/salud", response_model=schemas.Salud, summary="Estado del servicio")
async def salud(build: CurrentBuild) -> dict:
    """Estado del servicio y origen de los datos."""
    return build.health()


@service("/listo", response_model=schemas.Listo, responses=schemas.error_responses(422, 503), summary="Listo")
async def listo(build: CurrentBuild) -> dict:
    """Indica si el servicio puede responder; si no, devuelve 503."""
    return build.check_ready()


@app.get(schemas.ERRORS_PATH, include_in_schema=False)
async def errores() -> HTMLResponse:
    return HTMLResponse(error_page())


@app.get("/", include_in_schema=False)
async def inicio(root: RootPath, build: CurrentBuild) -> RedirectResponse:
    return RedirectResponse(f"{root}/{'eda/' if build.site else 'docs'}")


@app.get("/eda", include_in_schema=False)
async def informe(root: RootPath) -> RedirectResponse:
    return RedirectResponse(f"{root}/eda/")


if __name__ == "__main__":
    from moviesmlops.cli import main

    sys.argv[1:1] = ["serve"]
    main()
