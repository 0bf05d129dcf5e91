#!/bin/sh
# Checks types (tsc, strict) and runs the unit tests of the pure functions (node --test).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
tsc --noEmit -p "$here/tsconfig.json"
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
esbuild "$here/tests/unit.test.mjs" --bundle --platform=node --format=esm --target=node18 \
  --log-level=warning --outfile="$out/unit.test.mjs"
CARREL_WEB="$here" node --test "$out/unit.test.mjs"
