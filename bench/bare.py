"""Minimal baselines for the comparison: a bare `read_csv`, and a FastAPI route that returns a constant.

python bench/bare.py SOURCE
uvicorn bare:app --app-dir bench
"""

import sys


def make_app():
    from fastapi import FastAPI

    app = FastAPI()

    @app.get("/constante")
    async def constant():
        return {"mes": "enero", "cantidad": 5909}

    return app


if __name__ == "__main__":
    import pandas as pd

    pd.read_csv(sys.argv[1], low_memory=False)
else:
    app = make_app()
