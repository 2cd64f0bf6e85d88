"""Write the credits that the package embeds: directors, cast and keywords of films, by TMDB id.

    python bench/embed_credits.py FOLDER [OUT]

FOLDER contains `credits.csv` and `keywords.csv` from Kaggle's *The Movies Dataset*, or the files that this program
writes: `directors.csv`, `cast.csv` and `keywords.csv` (compressed or not), with one row per film, ordered by id, and
names separated by `|`. A keyword that only one film has cannot connect two films and is left out. OUT defaults to
`moviesmlops/table`. The files are byte-identical on each run.
"""

import lzma
import sys
from collections import Counter
from pathlib import Path

from moviesmlops.credits import read_credits

FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "lc": 4, "pb": 0}]  # best compression of text


def main(folder: str, out: str = "moviesmlops/table") -> None:
    Path(out).mkdir(parents=True, exist_ok=True)
    for kind, names in read_credits(Path(folder)).items():
        films_of = Counter(name for film in names.values() for name in film)
        lines = [f"tmdb_id,{kind}\n"]
        for film in sorted(names):
            kept = [name for name in names[film] if kind != "keywords" or films_of[name] > 1]
            if kept:
                lines.append(f"{film},{quote('|'.join(kept))}\n")
        path = Path(out) / f"{kind}.csv.xz"
        path.write_bytes(lzma.compress("".join(lines).encode(), format=lzma.FORMAT_XZ, filters=FILTERS))
        print(f"{path}: {len(lines) - 1:,} films, {path.stat().st_size:,} bytes")


def quote(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if set(text) & set('",') else text


if __name__ == "__main__":
    main(*sys.argv[1:])
