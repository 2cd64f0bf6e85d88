"""Write the request paths of the load tests: python bench/paths.py BUILD FOLDER [COURSE]

Writes one file per endpoint, with up to 5,000 different names from the build in random order. COURSE is the folder of a
coursework build, which has recommendations for fewer films.
"""

import csv
import random
import sys
from pathlib import Path
from urllib.parse import quote

import pyarrow.parquet as pq

MONTHS = [
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
    "diciembre",
]  # fmt: skip
WEEKDAYS = ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"]
MAX_PATHS = 5_000


def get_entry_names(films, column: str) -> list[str]:
    return films[column].combine_chunks().values.field("name").to_pylist()


def paths_by_endpoint(build: Path, course: Path | None) -> dict[str, list[str]]:
    """Return the paths for each endpoint."""
    columns = ["title", "collection_name", "production_companies", "production_countries"]
    films = pq.read_table(build / "catalog" / "films.parquet", columns=columns)
    titles = films["title"].to_pylist()
    paths = {
        "peliculas_mes": MONTHS,
        "peliculas_dia": WEEKDAYS,
        "franquicia": films["collection_name"].drop_null().to_pylist(),
        "peliculas_pais": get_entry_names(films, "production_countries"),
        "productoras": get_entry_names(films, "production_companies"),
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
    rng = random.Random(1)
    for endpoint, paths in paths_by_endpoint(build, course[0] if course else None).items():
        distinct = sorted(set(paths))
        sampled = rng.sample(distinct, min(MAX_PATHS, len(distinct)))
        (folder / f"{endpoint}.txt").write_text("\n".join(sampled) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
