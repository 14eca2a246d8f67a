#!/usr/bin/env bash
# Renews requirements/*.txt from pyproject.toml: hashes, and no address of any registry. Needs uv.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v uv >/dev/null || { echo "sahan: uv is needed to renew the locks: .venv/bin/pip install uv" >&2; exit 1; }
uv lock --quiet
export_lock() {
    uv export --quiet --frozen --no-emit-project --no-emit-package tensorflow --no-header --no-annotate "$@" >/dev/null
}
export_lock --no-default-groups --output-file requirements/runtime.txt
export_lock --only-group test --output-file requirements/test.txt
rm -f uv.lock
# The peers of `make bench` and the optional encoder: environments or extras of their own, resolved by themselves.
compile_lock() {
    local name=$1
    shift
    uv pip compile --quiet "requirements/$name.in" --python-version 3.11 --no-header --no-annotate --generate-hashes \
        --output-file "requirements/$name.txt" "$@" >/dev/null
}
compile_lock peers-rasa --override requirements/peers-overrides.in
compile_lock peers-detectors
compile_lock encoder --no-deps
