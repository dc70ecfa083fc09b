#!/usr/bin/env bash
# Builds artifacts/release: the tool's package with its symbols, the folder for Azure Functions as a zip, and a bill of materials of each.
set -euo pipefail
cd "$(dirname "$0")/.."
version=${1:?usage: eng/build-release.sh VERSION}
out=artifacts/release
rm -rf "$out"
mkdir -p "$out"

dotnet tool restore
dotnet pack host -c Release --output "$out" -p:Version="$version"
eng/build-azure.sh -p:Version="$version"
(cd artifacts/functions && zip -q -r -X "../release/meshport-functions-$version.zip" .)

for project in host functions; do
  materials="meshport-$project-$version.cdx.json"
  dotnet CycloneDX "$project" --recursive --exclude-dev --set-version "$version" --output "$out" --filename "$materials"
done
(cd "$out" && sha256sum -- * >SHA256SUMS)
