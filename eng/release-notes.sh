#!/usr/bin/env bash
# Prints the part of CHANGELOG.md about a version, such as 1.0.0. The exit code is 1 if there is none.
set -euo pipefail
cd "$(dirname "$0")/.."
awk -v heading="## ${1:?usage: eng/release-notes.sh VERSION}" '
  /^## / { inside = ($0 == heading || index($0, heading " ") == 1); found = found || inside; next }
  inside
  END { exit !found }' CHANGELOG.md
