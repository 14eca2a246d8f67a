#!/usr/bin/env bash
# Makes .venv from the hashed locks. Usage: setup/install.sh run|test|encoder
# Quick when nothing has changed: what was installed is noted in .venv/installed-<run|test|encoder>.
set -euo pipefail
cd "$(dirname "$0")/.."
what=$1

say() { printf '%s\n' "$*" >&2; }
stop() { say "sahan: $*"; exit 1; }

find_python() {
    for candidate in "${PYTHON:-}" python3.11 python3 python; do
        [ -n "$candidate" ] && command -v "$candidate" >/dev/null || continue
        if "$candidate" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    stop "Python 3.11 is needed and was not found. On Debian 12: sudo apt-get install python3.11 python3.11-venv"
}

locks=(requirements/runtime.txt)
[ "$what" = test ] && locks+=(requirements/test.txt requirements/encoder.txt)
[ "$what" = encoder ] && locks+=(requirements/encoder.txt)
wanted=$(cat "${locks[@]}" pyproject.toml stand_ins/tensorflow/pyproject.toml \
    stand_ins/tensorflow/*/*.py setup/install.sh | sha256sum | cut -d' ' -f1)
stamp=.venv/installed-$what
[ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && exit 0

if [ ! -x .venv/bin/pip ]; then
    python=$(find_python)
    rm -rf .venv
    "$python" -m venv .venv || stop "python3.11-venv is missing. On Debian 12: sudo apt-get install python3.11-venv"
fi
# --use-pep517: the few without a wheel are built apart, also by Debian's pip, which would else use the setuptools of
# .venv and meet the old `packaging` that Rasa needs.
say "Installing the libraries ($what), a minute or two..."
# multidict 5, which Rasa's server needs, has no wheel for this Python: without its C parts no compiler is needed.
export MULTIDICT_NO_EXTENSIONS=1
pip=(.venv/bin/python -m pip --disable-pip-version-check --quiet)
for lock in "${locks[@]}"; do
    "${pip[@]}" install --require-hashes --no-deps --ignore-requires-python --no-compile --use-pep517 \
        --requirement "$lock" \
        || stop "the libraries could not be installed; see the lines above, then run the same command again."
done
# The stand-in and the project itself: folders, which pip does not take together with hashes. Built apart, with the
# setuptools that their pyproject.toml names: the one above would meet the old `packaging` that Rasa needs.
"${pip[@]}" install --no-deps --no-compile ./stand_ins/tensorflow
"${pip[@]}" install --no-deps --no-compile --editable .
packages=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')
# Rasa's telemetry stays off, also for `rasa` called by hand: nobody's usage is reported.
echo "import os; os.environ.setdefault('RASA_TELEMETRY_ENABLED', 'false')" > "$packages/sahan-settings.pth"
echo "$wanted" > "$stamp"
