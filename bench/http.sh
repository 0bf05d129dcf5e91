#!/bin/sh
# Requests a second and latency over kept connections and over new ones, with wrk:
#   bench/http.sh CARREL [PEER]
# for our server in the clear and through TLS, and for cpp-httplib's own (build target http_peer).
set -eu
carrel=$1
peer=${2:-}
work=$(mktemp -d)
pids=
finish() {
  for pid in $pids; do kill "$pid" 2>/dev/null || :; done
  rm -rf "$work"
}
trap finish EXIT INT TERM

serve() { # NAME FLAGS...: starts a server, sets $port
  name=$1; shift
  "$carrel" init --data "$work/$name" >/dev/null
  "$carrel" serve --data "$work/$name" --listen 127.0.0.1:0 "$@" >"$work/$name.out" 2>/dev/null &
  pids="$pids $!"
  for _ in $(seq 100); do grep -q ' at http' "$work/$name.out" && break; sleep 0.1; done
  port=$(sed -n 's,.*:\([0-9]*\)/$,\1,p' "$work/$name.out")
}

measure() { # WHAT URL: median of three
  for header in "X-Kept: 1" "Connection: close"; do
    for _ in 1 2 3; do
      wrk -t1 -c8 -d3s --latency -H "$header" "$2" |
        awk '/50%/ {p50=$2} /99%/ {p99=$2} /Requests\/sec/ {r=$2} END {print r, p50, p99}'
    done | sort -n | sed -n 2p | while read -r rate p50 p99; do
      printf '%-28s %-18s %10s requests/s  p50 %s  p99 %s\n' "$1" "$header" "$rate" "$p50" "$p99"
    done
  done
}

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
  -keyout "$work/key" -out "$work/crt" 2>/dev/null
serve plain
measure "carrel" "http://127.0.0.1:$port/healthz"
serve tls --tls-cert "$work/crt" --tls-key "$work/key"
measure "carrel, TLS" "https://127.0.0.1:$port/healthz"
if [ -n "$peer" ]; then
  "$peer" 18099 &
  pids="$pids $!"
  sleep 0.3
  measure "cpp-httplib" "http://127.0.0.1:18099/healthz"
fi
