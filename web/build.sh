#!/bin/sh
# Builds the web UI: web/build.sh OUTDIR makes OUTDIR/{index.html,app.js,app.css,favicon.svg}, and
# app.js.gz and app.css.gz for browsers that take them.
#
# Needs esbuild and nothing else; reads only this folder, opens no connection. Types are
# checked apart, by web/check.sh, so that this step stays below two seconds.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=${1:?usage: web/build.sh OUTDIR}
mkdir -p "$out"
esbuild "$here/src/main.ts" --bundle --minify --format=iife --target=es2020,chrome90,firefox90,safari15 \
  --charset=utf8 --legal-comments=none --log-level=warning --outfile="$out/app.js"
esbuild "$here/src/styles/app.css" --bundle --minify --target=chrome90,firefox90,safari15 \
  --log-level=warning --outfile="$out/app.css"
cp "$here/src/index.html" "$here/src/favicon.svg" "$out/"
for file in app.js app.css; do gzip -9nc "$out/$file" >"$out/$file.gz"; done
