#!/usr/bin/env bash
# Lists the lines that are longer than 140 characters. The exit code is 1 if it finds one.
# Skips Markdown tables and links, which cannot be wrapped, and generated or recorded files.
set -euo pipefail
cd "$(dirname "$0")/.."
files=('*.cs' '*.razor' '*.js' '*.css' '*.md' '*.sh' '*.bicep' '*.yaml' '*.yml' '*.props' '*.targets' '*.csproj' .ci/run)
git ls-files "${files[@]}" -- ':!docs/openapi.yaml' | LC_ALL=C.UTF-8 xargs awk '
  length($0) > 140 && !(FILENAME ~ /\.md$/ && /^ *\||\]\(http/) {
    print FILENAME ":" FNR ": " length($0) " columns"; found = 1
  }
  END { exit found }'
