#!/usr/bin/env bash
# Compiles functions/ as Azure Functions gets it, with the official packages, generators and analyzers as far as the package source has them (eng/azure/check.targets); else says what it lacks.
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A copy, so that neither build finds what the other has left in obj.
mkdir "$work/docs"
cp -r Directory.Build.props Directory.Packages.props BannedSymbols.txt .editorconfig global.json host.json functions eng "$work"
cp docs/openapi.yaml "$work/docs"
rm -rf "$work/functions/bin" "$work/functions/obj"
cd "$work"

build=(functions -p:FunctionsRuntime=azure -p:CustomAfterMicrosoftCommonTargets="$work/eng/azure/check.targets")
if ! dotnet restore "${build[@]}" -v quiet >restore.log 2>&1; then
  cat restore.log
  # A package or version that is not there is the source's business; any other trouble is ours.
  if grep -q 'error NU' restore.log && ! grep 'error' restore.log | grep -qv 'NU110[123]'; then
    echo "The package source lacks what is named above, so the build for Azure Functions is not compiled here."
    exit 0
  fi
  exit 1
fi

dotnet build "${build[@]}" --no-restore -t:Compile -v quiet
