#!/usr/bin/env bash
# What the tests need of Debian: a browser, fonts for Arabic and Ethiopic, SMPP for Perl, Node.js where it lacks.
# Installs it where it may, else says how.
set -euo pipefail
packages=(chromium fonts-noto-core fonts-noto-color-emoji libnet-smpp-perl)
command -v npm >/dev/null || packages+=(nodejs npm)
missing=()
for package in "${packages[@]}"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' || missing+=("$package")
done
[ "${#missing[@]}" -eq 0 ] && exit 0
install="apt-get install --yes --no-install-recommends ${missing[*]}"
if [ "$(id -u)" -eq 0 ]; then
    run=()
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    run=(sudo)
else
    echo "sahan: the tests need packages of Debian. Run: sudo apt-get update && sudo $install" >&2
    exit 1
fi
echo "Installing packages of Debian for the tests: ${missing[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
"${run[@]}" apt-get update -qq
# shellcheck disable=SC2086
"${run[@]}" $install -qq >/dev/null || {
    echo "sahan: Debian's packages could not be installed. Run: sudo apt-get update && sudo $install" >&2
    exit 1
}
