#!/usr/bin/env bash
# Builds the wheel, installs it with the pinned requirements in an empty environment, and queries its API.
# Usage: wheel.sh BUILD FOLDER. BUILD is served; FOLDER gets the wheel, and the environment as `installed`.
set -euo pipefail
unset PYTHONPATH PYTHONHOME # so that nothing else is imported
build=$(realpath "$1") folder=$(realpath -m "$2") port=${PORT:-8765}
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2> /dev/null || true; rm -rf "$work"' EXIT

echo "building the wheel" >&2
rm -rf "$folder"/moviesmlops-*.whl "$folder/installed"
"${PYTHON:-python3}" -m venv "$folder/installed"
pip=$folder/installed/bin/pip
"$pip" install -q --no-deps --require-hashes --target "$work/setuptools" -r requirements-build.lock
mkdir "$work/source" # a copy, because setuptools writes to a folder `build` beside the sources
cp -r moviesmlops api.py pyproject.toml README.md LICENSE "$work/source"
PYTHONPATH=$work/setuptools "$pip" wheel -q --no-deps --no-build-isolation -w "$folder" "$work/source"

echo "installing it" >&2
"$pip" install -q --no-deps --require-hashes -r requirements-core.lock
"$pip" install -q --no-deps "$folder"/moviesmlops-*.whl # separately, because a file just built has no hash in a lock file
"$pip" check >&2

echo "querying its API" >&2
if curl -s -o "$work/other" "http://127.0.0.1:$port"; then
  echo "port $port is in use; choose another one: PORT=8766 $0 …" >&2
  exit 1
fi
cd "$work"
"$folder/installed/bin/moviesmlops" serve --build "$build" --host 127.0.0.1 --port "$port" >&2 &
server=$!
curl -fs --retry 30 --retry-delay 1 --retry-connrefused "http://127.0.0.1:$port/recomendacion/Toy%20Story" ||
  { echo "no answer, or an error" >&2; exit 1; }
