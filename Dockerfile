# docker build -t moviesmlops . && docker run --rm -p 8000:8000 --read-only --tmpfs /tmp moviesmlops
ARG PYTHON=3.13

# What serves: the core alone, in an environment of its own.
FROM python:${PYTHON}-slim AS install
WORKDIR /movies/source
COPY requirements-core.lock pyproject.toml README.md LICENSE api.py ./
COPY moviesmlops moviesmlops
RUN python -m venv --without-pip /movies/core
RUN pip --python /movies/core install -q --no-cache-dir --no-deps --require-hashes -r requirements-core.lock
RUN pip --python /movies/core install -q --no-cache-dir --no-deps .

# What is served: a build, from MOVIES_SOURCE.
FROM python:${PYTHON}-slim AS build
WORKDIR /movies/source
COPY requirements-report.lock ./
RUN pip install -q --no-cache-dir --no-deps --require-hashes -r requirements-report.lock
COPY . .
RUN pip install -q --no-cache-dir --no-deps -e .
ARG MOVIES_SOURCE=sample
ARG REPORT=--report
RUN moviesmlops build --source "$MOVIES_SOURCE" "$REPORT" --out /movies/data/build
RUN chown -R 10001:10001 /movies
ENV HOME=/tmp
USER 10001:10001
CMD ["moviesmlops", "build", "--out", "/movies/data/build"]

# Both together, and nothing else.
FROM python:${PYTHON}-slim AS serve
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
