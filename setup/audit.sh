#!/usr/bin/env bash
# Looks up known vulnerabilities of the locked libraries with pip-audit, from an environment of its own under var/audit.
# Ends with 1 where there are any, and with 2 where the advisories could not be asked: no answer is no good news.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ ! -x var/audit/bin/pip-audit ]; then
    echo "Installing pip-audit into var/audit..." >&2
    ${PYTHON:-python3} -m venv var/audit
    var/audit/bin/python -m pip --disable-pip-version-check --quiet install pip-audit==2.10.1
fi
found=0
for lock in requirements/runtime.txt requirements/test.txt; do
    echo "== $lock" >&2
    status=0
    var/audit/bin/pip-audit --requirement "$lock" --require-hashes --disable-pip --strict --progress-spinner off \
        >var/audit/found.txt 2>var/audit/errors.txt || status=$?
    cat var/audit/found.txt
    if [ "$status" -ne 0 ] && ! grep -q 'Found .* known vulnerabilit' var/audit/errors.txt; then
        tail -n 3 var/audit/errors.txt >&2
        echo "sahan: the advisories could not be asked for $lock; try again with a way to the package index." >&2
        exit 2
    fi
    [ "$status" -eq 0 ] || found=1
done
exit "$found"
