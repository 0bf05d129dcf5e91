#!/bin/sh
# Walks through the web UI in a real browser against a real server over the sample library:
#   web_walk.sh CARREL SOURCE_DIR journey [WIDTHS [SCREENSHOT_DIR]]    # what a person does
#   web_walk.sh CARREL SOURCE_DIR figures [LOADS]                      # how soon screens are there
# Exit status 0: every claim of that program in web/tests held.
set -eu
carrel=$1
source=$2
walk=$3
shift 3
work=$(mktemp -d)
server=
finish() {
  [ -z "$server" ] || { kill "$server" 2>/dev/null || :; wait "$server" 2>/dev/null || :; }
  rm -rf "$work"
}
trap finish EXIT INT TERM

"$carrel" init --data "$work/lib" >/dev/null
"$carrel" user import "$source/examples/northlight/company.toml" --data "$work/lib" >/dev/null
"$carrel" ingest "$source/examples/northlight" --data "$work/lib" >/dev/null 2>&1
"$carrel" serve --data "$work/lib" --listen 127.0.0.1:0 >"$work/out" 2>"$work/err" &
server=$!
until grep -q 'http://' "$work/out"; do
  kill -0 "$server" || { echo "the server did not start"; cat "$work/err"; exit 1; }
  sleep 0.1
done
base=$(sed -n 's,.*\(http://[^/]*\)/.*,\1,p' "$work/out")
export CARREL_QUESTION="What is the hotel limit per night in London?"
export CARREL_FOLLOW_UP="And in Ghent?"
export CARREL_ADMIN="oskar keeps-the-lamps-on"
export CARREL_AUDITOR="noor only-the-record"
node "$source/web/tests/$walk.mjs" "$base" ben quiet-queue-of-night "$@"
