#!/usr/bin/env bash
# Waits MINUTES, then ends the test processes that `dotnet test` still runs, and prints what their threads and tasks wait for. A job that is
# stopped from outside would not tell which test hangs.
set -euo pipefail
minutes=${1:?usage: eng/end-hanging-tests.sh MINUTES}
sleep "$((minutes * 60))" &
trap 'kill "$!" 2>/dev/null || true' EXIT
wait "$!"

dumps=$(mktemp -d)
trap 'rm -rf "$dumps"' EXIT
for process in $(pgrep -f -- '[.]Tests.* --dotnet-test-pipe'); do
  echo "The tests of process $process did not end within $minutes minutes:"
  tr '\0' ' ' <"/proc/$process/cmdline"
  echo
  dotnet dump collect --process-id "$process" --type Heap --output "$dumps/$process" >/dev/null || true
  kill -KILL "$process"
  for command in pstacks 'dumpasync --coalesce'; do
    timeout 300 dotnet dump analyze "$dumps/$process" --command "$command" --command exit 2>&1 | cut -c1-240 | head -500 || true
  done
done
