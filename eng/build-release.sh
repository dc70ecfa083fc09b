#!/usr/bin/env bash
# Builds artifacts/release: the tool's package with its symbols, the folder for Azure Functions as a zip, and a bill of materials of each.
set -euo pipefail
cd "$(dirname "$0")/.."
version=${1:?usage: eng/build-release.sh VERSION}
out=artifacts/release
rm -rf "$out"
mkdir -p "$out"

dotnet tool restore
dotnet pack host -c Release --output "$out" -p:Version="$version" -p:RunAnalyzers=false
eng/build-azure.sh -p:Version="$version"
(cd artifacts/functions && zip -q -r -X "../release/meshport-functions-$version.zip" .)

for project in host/Host functions/Functions; do
  name=${project%/*}
  materials="meshport-$name-$version.cdx.json"
  dotnet CycloneDX "$project.csproj" --recursive --set-name "meshport-$name" --set-version "$version" --set-type Application \
    --output "$out" --filename "$materials"
  grep -q '"Azure.Core"' "$out/$materials" || { echo "$materials lists no packages." >&2; exit 1; }
done
(cd "$out" && sha256sum -- * >SHA256SUMS)
