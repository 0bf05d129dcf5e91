#!/bin/sh
# Walks through the web UI in a real browser against a real server over the sample library:
#   web_journey.sh CARREL SOURCE_DIR [SCREENSHOT_DIR]
# Exit status 0: every claim of web/tests/journey.mjs held.
set -eu
carrel=$1
source=$2
shots=${3:-}
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
for _ in $(seq 100); do
  grep -q 'http://' "$work/out" && break
  sleep 0.1
done
base=$(sed -n 's,.*\(http://[^/]*\)/.*,\1,p' "$work/out")
[ -n "$base" ] || { echo "the server did not start"; cat "$work/err"; exit 1; }
export CARREL_QUESTION="What is the hotel limit per night in London?"
export CARREL_FOLLOW_UP="And in Ghent?"
export CARREL_ADMIN="oskar keeps-the-lamps-on"
export CARREL_AUDITOR="noor only-the-record"
node "$source/web/tests/journey.mjs" "$base" ben quiet-queue-of-night $shots
