#!/usr/bin/env bash
# Sets up what `make bench` measures beside us, each in an environment of its own under var/peers, from hashed locks:
# Rasa 3.6.21 with TensorFlow 2.12 as published, and ready-made language detectors. None of it is part of the product.
set -euo pipefail
cd "$(dirname "$0")/.."
setup/install.sh run
folder=${SAHAN_PEERS:-var/peers}
for peer in rasa detectors; do
    lock=requirements/peers-$peer.txt
    stamp=$folder/$peer/installed
    wanted=$(sha256sum "$lock" | cut -d' ' -f1)
    [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && continue
    echo "Installing $lock into $folder/$peer, some minutes..." >&2
    .venv/bin/python -m venv "$folder/$peer"
    "$folder/$peer/bin/python" -m pip --disable-pip-version-check --quiet install --require-hashes --no-deps \
        --ignore-requires-python --requirement "$lock"
    echo "$wanted" > "$stamp"
done
