"""What a server is asked under load: python bench/paths.py BUILD FOLDER [COURSE]

One file an endpoint, each with as many different names as the build holds, up to 5,000, in random order. COURSE is the
folder of a course-work build, which can only recommend for films that it knows.
"""

import csv
import random
import sys
from pathlib import Path
from urllib.parse import quote

import pyarrow.parquet as pq

MONTHS = "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split()
DAYS = "lunes martes miércoles jueves viernes sábado domingo".split()
MOST = 5_000


def names(films, column: str) -> list[str]:
    return films[column].combine_chunks().values.field("name").to_pylist()


def asked(build: Path, course: Path | None) -> dict[str, list[str]]:
    """Of each endpoint, the paths."""
    columns = ["title", "collection_name", "production_companies", "production_countries"]
    films = pq.read_table(build / "catalog" / "films.parquet", columns=columns)
    titles = films["title"].to_pylist()
    paths = {
        "peliculas_mes": MONTHS,
        "peliculas_dia": DAYS,
        "franquicia": films["collection_name"].drop_null().to_pylist(),
        "peliculas_pais": names(films, "production_countries"),
        "productoras": names(films, "production_companies"),
        "retorno": titles,
        "recomendacion": titles,
    }
    paths = {endpoint: [f"/{endpoint}/{quote(name, safe='')}" for name in known] for endpoint, known in paths.items()}
    paths["recomendacion_knn"] = [f"{path}?modelo=knn" for path in paths["recomendacion"]]
    if course:
        with (course / "titles.csv").open(encoding="utf-8", newline="") as file:
            known = [row["title"] for row in csv.DictReader(file)]
        paths["recomendacion_course"] = [f"/recomendacion/{quote(title, safe='')}" for title in known]
    return paths | {"constante": ["/constante"]}


def main() -> None:
    build, folder, *course = map(Path, sys.argv[1:])
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(1)
    for endpoint, paths in asked(build, course[0] if course else None).items():
        distinct = sorted(set(paths))
        chosen = chance.sample(distinct, min(MOST, len(distinct)))
        (folder / f"{endpoint}.txt").write_text("\n".join(chosen) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
