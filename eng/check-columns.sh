#!/usr/bin/env bash
# Lists the lines that are longer than 140 characters. Exit code 1 when there are any.
# Tables and links of Markdown cannot be wrapped and are left out, as are generated and recorded files.
set -euo pipefail
cd "$(dirname "$0")/.."
git ls-files '*.cs' '*.md' '*.sh' '*.bicep' '*.yaml' '*.yml' '*.props' '*.targets' '*.csproj' .ci/run -- ':!docs/openapi.yaml' |
  LC_ALL=C.UTF-8 xargs awk 'length($0) > 140 && !(FILENAME ~ /\.md$/ && /^ *\||\]\(http/) { print FILENAME ":" FNR ": " length($0) " columns"; found = 1 } END { exit found }'
