#!/usr/bin/env bash
# Installs the tool from nothing but its package, and does the walk-through with it.
set -euo pipefail
cd "$(dirname "$0")/.."
packages=$(cd "${1:?usage: eng/try-package.sh FOLDER}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf '<configuration><packageSources><clear /><add key="here" value="%s" /></packageSources></configuration>\n' "$packages" \
  >"$work/nuget.config"
dotnet tool install meshport --prerelease --tool-path "$work/tools" --configfile "$work/nuget.config"
"$work/tools/meshport" --version
"$work/tools/meshport" demo --time-scale 600
