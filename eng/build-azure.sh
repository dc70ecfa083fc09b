#!/usr/bin/env bash
# Builds artifacts/functions, the folder that is deployed to Azure Functions.
# --scheduler adds the backend for a Durable Task Scheduler. Other arguments go to dotnet publish.
set -euo pipefail
cd "$(dirname "$0")/.."

# The separate artifacts path keeps the bin and obj folders of the normal build unchanged.
options=(-c Release --artifacts-path artifacts/azure -o artifacts/functions -p:ForAzure=true)
options+=(-p:RunAnalyzers=false) # the normal build runs them
options+=("-p:CustomBeforeMicrosoftCommonTargets=$PWD/eng/host-extensions.targets")
for argument in "$@"; do
  case "$argument" in
    --scheduler) options+=("-p:CustomAfterMicrosoftCommonTargets=$PWD/eng/scheduler.targets") ;;
    *) options+=("$argument") ;;
  esac
done

rm -rf artifacts/azure artifacts/functions
dotnet publish functions "${options[@]}"

# The Functions host starts from these files. Without Worker.Sdk, dotnet publish succeeds but does not create them.
for file in host.json worker.config.json extensions.json functions.metadata; do
  if [ ! -e "artifacts/functions/$file" ]; then
    echo "artifacts/functions/$file is missing. Azure Functions cannot run this folder." >&2
    exit 1
  fi
done
