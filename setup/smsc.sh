#!/usr/bin/env bash
# Sets up the SMSC simulator of the tests (node-smpp, from a lock with hashes) under tests/doubles/smsc/node_modules.
set -euo pipefail
cd "$(dirname "$0")/../tests/doubles/smsc"
wanted=$(cat package.json package-lock.json | sha256sum | cut -d' ' -f1)
stamp=node_modules/installed
[ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && exit 0
echo "Installing the SMSC simulator of the tests..." >&2
npm ci --no-audit --no-fund --ignore-scripts --loglevel=error >/dev/null || {
    echo "sahan: the SMSC simulator could not be installed; see the lines above, then run the same command again." >&2
    exit 1
}
echo "$wanted" > "$stamp"
