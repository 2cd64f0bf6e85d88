"""A typical course project that does the same work, as a baseline; it shares no code with the package.

    python bench/course.py etl SOURCE OUT      # cleaned table, as Parquet
    python bench/course.py csv SOURCE OUT      # the same table as CSV, the usual format in course projects
    python bench/course.py build SOURCE OUT    # cleaned table, dense cosine matrix, 100 nearest-neighbour queries
    COURSE=OUT uvicorn course:app --app-dir bench

Nested cells are parsed one by one with `ast.literal_eval`, lists are expanded with one `explode` per column, words are
counted, the similarities of all pairs of 10,000 films are stored in a dense matrix, and each request filters the data
frame.
"""

import ast
import os
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pandas as pd

NESTED = ["belongs_to_collection", "genres", "production_companies", "production_countries", "spoken_languages"]
UNUSED = ["video", "imdb_id", "adult", "original_title", "poster_path", "homepage"]
MONTHS = [
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
    "diciembre",
]  # fmt: skip
WEEKDAYS = ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"]
CANDIDATES = 10_000  # number of films that may be recommended


def parse_literal(cell):
    try:
        return ast.literal_eval(cell)
    except (ValueError, SyntaxError):
        return None


def name_of(entry):
    return entry["name"] if isinstance(entry, dict) else None


def clean(source: str) -> pd.DataFrame:
    """Return a cleaned table with one row per combination of a film's genres, companies, countries and languages."""
    films = pd.read_csv(source, low_memory=False).drop(columns=UNUSED)
    for column in ("revenue", "budget", "popularity"):
        films[column] = pd.to_numeric(films[column], errors="coerce").fillna(0)
    films["release_date"] = pd.to_datetime(films["release_date"], format="%Y-%m-%d", errors="coerce")
    films = films.dropna(subset=["release_date"]).drop_duplicates("id")
    films["release_year"] = films["release_date"].dt.year
    films["return"] = films.apply(lambda film: film["revenue"] / film["budget"] if film["budget"] else 0, axis=1)
    for column in NESTED:
        films[column] = films[column].apply(parse_literal)
    for column in NESTED:
        films = films.explode(column) if column != "belongs_to_collection" else films
        films[column] = films[column].apply(name_of)
    return films


def etl(source: str, out: Path) -> pd.DataFrame:
    films = clean(source)
    films.astype({"id": str}).to_parquet(out / "films.parquet", index=False)
    return films


def csv(source: str, out: Path) -> None:
    clean(source).to_csv(out / "films.csv", index=False)


def build(source: str, out: Path) -> None:
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.metrics.pairwise import cosine_similarity
    from sklearn.neighbors import NearestNeighbors

    films = etl(source, out)
    best = films.drop_duplicates("id").sort_values("vote_average", ascending=False).head(CANDIDATES)
    grouped = films[films["id"].isin(best["id"])].groupby("id")[["genres", "production_companies"]]
    tags = grouped.agg(lambda names: " ".join(set(names.dropna()))).loc[best["id"]]
    best["tags"] = (tags["genres"] + " " + tags["production_companies"]).to_numpy()
    counts = CountVectorizer(stop_words="english").fit_transform(best["overview"].fillna("") + " " + best["tags"])
    np.save(out / "cosine.npy", cosine_similarity(counts))
    NearestNeighbors(n_neighbors=6, metric="cosine").fit(counts).kneighbors(counts[:100])
    best["title"].to_csv(out / "titles.csv", index=False)


@asynccontextmanager
async def lifespan(app):
    out = Path(os.environ["COURSE"])
    app.films = pd.read_parquet(out / "films.parquet")
    app.titles = pd.read_csv(out / "titles.csv")["title"]
    app.cosine = np.load(out / "cosine.npy")
    yield


def make_app():
    from fastapi import FastAPI

    app = FastAPI(lifespan=lifespan)

    @app.get("/peliculas_mes/{mes}")
    def peliculas_mes(mes: str):
        films = app.films[app.films["release_date"].dt.month == MONTHS.index(mes) + 1]
        return {"mes": mes, "cantidad": films["id"].nunique()}

    @app.get("/peliculas_dia/{dia}")
    def peliculas_dia(dia: str):
        films = app.films[app.films["release_date"].dt.dayofweek == WEEKDAYS.index(dia)]
        return {"dia": dia, "cantidad": films["id"].nunique()}

    @app.get("/franquicia/{franquicia:path}")
    def franquicia(franquicia: str):
        films = app.films[app.films["belongs_to_collection"] == franquicia].drop_duplicates("id")
        total, mean = films["revenue"].sum(), films["revenue"].mean()
        return {"franquicia": franquicia, "cantidad": len(films), "ganancia_total": total, "ganancia_promedio": mean}

    @app.get("/peliculas_pais/{pais}")
    def peliculas_pais(pais: str):
        return {"pais": pais, "cantidad": app.films[app.films["production_countries"] == pais]["id"].nunique()}

    @app.get("/productoras/{productora:path}")
    def productoras(productora: str):
        films = app.films[app.films["production_companies"] == productora].drop_duplicates("id")
        return {"productora": productora, "ganancia_total": films["revenue"].sum(), "cantidad": len(films)}

    @app.get("/retorno/{pelicula:path}")
    def retorno(pelicula: str):
        film = app.films[app.films["title"] == pelicula].iloc[0]
        figures = {"inversion": film["budget"], "ganacia": film["revenue"], "retorno": film["return"]}
        return {"pelicula": pelicula, **figures, "anio": int(film["release_year"])}

    @app.get("/recomendacion/{titulo:path}")
    def recomendacion(titulo: str):
        position = app.titles[app.titles == titulo].index[0]
        neighbours = sorted(enumerate(app.cosine[position]), key=lambda pair: pair[1], reverse=True)[1:6]
        return {"lista_recomendada": [app.titles[other] for other, _ in neighbours]}

    return app


if __name__ == "__main__":
    task, source, folder = sys.argv[1:]
    Path(folder).mkdir(parents=True, exist_ok=True)
    {"etl": etl, "csv": csv, "build": build}[task](source, Path(folder))
else:
    app = make_app()
