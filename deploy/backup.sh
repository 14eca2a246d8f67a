#!/usr/bin/env bash
# Copies the database while everything runs, and reads the copy back. Usage: deploy/backup.sh FOLDER [DAYS]
# SAHAN_DATABASE_URL says which. Copies older than DAYS (7) are deleted: EFFACER and retention do not reach into them.
set -euo pipefail
umask 077
folder=$1
days=${2:-7}
url=${SAHAN_DATABASE_URL:?is missing: the settings of the service, /etc/sahan/sahan.env}
name=$(date -u +%Y%m%dT%H%M%SZ)
python=$(dirname "$0")/../.venv/bin/python
mkdir -p "$folder"
rm -f "$folder"/*.part
case $url in
sqlite:*)
    copy=$folder/$name.db
    "$python" - "${url#sqlite*:///}" "$copy.part" <<'PYTHON'
import sqlite3
import sys

source = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
copy = sqlite3.connect(sys.argv[2])
with copy:
    source.backup(copy, pages=1000)
found = copy.execute("PRAGMA quick_check").fetchone()[0]
copy.execute("PRAGMA journal_mode=DELETE")
copy.close()
sys.exit(None if found == "ok" else f"backup: the copy is damaged: {found}")
PYTHON
    ;;
postgresql:* | postgresql+*)
    copy=$folder/$name.dump
    pg_dump --format=custom --no-owner --file "$copy.part" "postgresql:${url#*:}"
    pg_restore --list "$copy.part" >/dev/null
    ;;
*)
    echo "backup: SAHAN_DATABASE_URL is neither sqlite nor postgresql" >&2
    exit 1
    ;;
esac
sync "$copy.part"
mv "$copy.part" "$copy"
find "$folder" -maxdepth 1 \( -name '*.db' -o -name '*.dump' \) -mtime "+$days" -delete
echo "$copy"
