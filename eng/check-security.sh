#!/usr/bin/env bash
# Looks for packages with a known vulnerability, direct and transitive, and for secrets in the files of the repository.
#
# The packages need a source with vulnerability data: that of the machine, or the one that MESHPORT_AUDIT_SOURCE names. Without one, and
# without the tool for secrets in FOLDER/secretlint (eng/test-tools.sh), it says so and succeeds. With MESHPORT_AUDIT=required it fails.
set -euo pipefail
cd "$(dirname "$0")/.."
tools=${1:?usage: eng/check-security.sh FOLDER}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
code=0

lacks() {
  echo "$1"
  [ "${MESHPORT_AUDIT:-}" != required ] || code=1
}

# NuGet tells that a source has no vulnerability data only if the source is named as one for audits.
source=${MESHPORT_AUDIT_SOURCE:-$(dotnet nuget list source --format short | sed -n 's/^E *//p' | head -n 1)}
printf '<configuration><auditSources><clear /><add key="audit" value="%s" allowInsecureConnections="true" /></auditSources>%s\n' \
  "$source" '</configuration>' >"$work/nuget.config"
# A folder of its own: the normal build keeps its restore. AuditPackages makes errors of the warnings NU1901 to NU1904.
options=(--configfile "$work/nuget.config" --artifacts-path "$work/artifacts" -p:AuditPackages=true)
dotnet restore Functions.sln "${options[@]}" >"$work/audit" 2>&1 || code=1
if grep -qE 'NU190[1-4]' "$work/audit"; then
  grep -oE 'error NU190[1-4].*' "$work/audit" | sed 's/ \[.*//' | sort -u
elif grep -qE 'NU190[05]' "$work/audit"; then
  code=0
  lacks "The package source has no vulnerability data: the packages are not audited."
elif [ "$code" != 0 ]; then
  tail -n 20 "$work/audit"
else
  echo "No package has a known vulnerability."
fi

secretlint="$tools/secretlint/node_modules/.bin/secretlint"
if [ -x "$secretlint" ]; then
  git ls-files -z | xargs -0 "$secretlint" --secretlintrc .secretlintrc.json --secretlintignore .secretlintignore --no-glob || code=1
else
  lacks "secretlint is missing: the files are not scanned for secrets."
fi
exit "$code"
