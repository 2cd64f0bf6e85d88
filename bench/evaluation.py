"""Record an evaluation of the recommenders with ratings, for builds that have no ratings.

    python bench/evaluation.py FOLDER [SOURCE]

FOLDER contains `ratings_small.csv` and `links_small.csv` from Kaggle's *The Movies Dataset*, which may not be
redistributed. Makes a build from SOURCE (default: the embedded table), runs the notebook `12_evaluation` on it with the
ratings, and writes its `metrics.json` to `bench/evaluation.json`, with the date and the digests of the files used.
"""

import hashlib
import json
import sys
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from moviesmlops.pipeline import make_build
from moviesmlops.builds import current_build, read_manifest
from moviesmlops.evaluation import find_ratings
from moviesmlops.report import NOTEBOOK_FOLDER, run_notebook

PACKAGES = ("numpy", "scipy", "scikit-learn", "sparse-dot-topn", "pandas")


def main(ratings: str, source: str = "table") -> None:
    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in find_ratings(source, ratings)}
    notebook = NOTEBOOK_FOLDER / "12_evaluation.ipynb"
    with tempfile.TemporaryDirectory() as folder:
        build = current_build(make_build(source, Path(folder) / "build"))
        manifest = read_manifest(build)
        parameters = {"source": source, "build": str(build), "ratings": str(Path(ratings).resolve())}
        run_notebook((notebook, Path(folder) / notebook.name, parameters, ""))
        metrics = json.loads((build / "metrics.json").read_text(encoding="utf-8"))
    recorded = {
        "measured": datetime.now(UTC).date().isoformat(),
        "source": {"name": manifest["source"], "rows": manifest["counts"]["rows"], "sha256": manifest["sha256"]},
        "ratings": digests,
        "versions": {name: version(name) for name in ("moviesmlops", *PACKAGES)},
        "metrics": metrics,
    }
    text = json.dumps(recorded, indent=1, allow_nan=False)
    Path(__file__).with_suffix(".json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
