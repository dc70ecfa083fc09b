#!/usr/bin/env bash
# Builds what is deployed to Azure Functions, into artifacts/functions, with the official packages.
# Further arguments go to dotnet publish: eng/build-azure.sh -p:DurableBackend=scheduler
set -euo pipefail
cd "$(dirname "$0")/.."

rm -rf artifacts/functions
dotnet publish functions -c Release -p:FunctionsRuntime=azure -o artifacts/functions "$@"

# Azure Functions needs these beside the assemblies; a build for the local runtime lacks the second.
for file in host.json worker.config.json; do
  [ -e "artifacts/functions/$file" ] || { echo "artifacts/functions/$file is missing: this is no build for Azure Functions." >&2; exit 1; }
done
