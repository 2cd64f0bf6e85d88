# docker build -t moviesmlops . && docker run --rm -p 8000:8000 --read-only --tmpfs /tmp moviesmlops
# The digest says which image it is, whatever the tag names later. Dependabot proposes the next one.
FROM python:3.13-slim@sha256:9662417aace5ae7b8e2609cce472b72a8958e134ba372808abe9cc1a0c0125e6 AS base

# The server: the core in its own virtual environment.
FROM base AS install
WORKDIR /movies/source
COPY requirements-build.lock requirements-core.lock pyproject.toml README.md LICENSE api.py ./
COPY moviesmlops moviesmlops
RUN pip install -q --no-cache-dir --no-deps --require-hashes -r requirements-build.lock
RUN pip wheel -q --no-cache-dir --no-deps --no-build-isolation --wheel-dir /movies/dist .
RUN python -m venv --without-pip /movies/core
RUN pip --python /movies/core install -q --no-cache-dir --no-deps --require-hashes -r requirements-core.lock
RUN pip --python /movies/core install -q --no-cache-dir --no-deps /movies/dist/*.whl

# The data: a build of MOVIES_SOURCE.
FROM base AS build
WORKDIR /movies/source
COPY requirements-build.lock requirements-report.lock ./
RUN pip install -q --no-cache-dir --no-deps --require-hashes -r requirements-build.lock -r requirements-report.lock
COPY . .
RUN pip install -q --no-cache-dir --no-deps --no-build-isolation -e .
ARG MOVIES_SOURCE=table
ARG REPORT=--report
RUN moviesmlops build --source "$MOVIES_SOURCE" "$REPORT" --out /movies/data/build
RUN chown -R 10001:10001 /movies
ENV HOME=/tmp
USER 10001:10001
CMD ["moviesmlops", "build", "--out", "/movies/data/build"]

# The final image: server and data, nothing else.
FROM base AS serve
COPY --from=install /movies/core /movies/core
COPY --from=build --chown=10001:10001 /movies/data /movies/data
ENV PATH=/movies/core/bin:$PATH PYTHONDONTWRITEBYTECODE=1
ENV MOVIES_BUILD=/movies/data/build HOST=0.0.0.0 PORT=8000
WORKDIR /tmp
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/listo', timeout=4)"]
STOPSIGNAL SIGTERM
CMD ["moviesmlops", "serve"]
