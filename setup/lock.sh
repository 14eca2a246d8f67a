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
