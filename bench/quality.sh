#!/usr/bin/env bash
# Measures the tables of docs/quality.md anew and writes them in place, between its marks.
#
#   bench/quality.sh build/release/cli/carrel COLLECTIONS_DIR HANDBOOKS_DIR
#
# COLLECTIONS_DIR holds one folder a collection, in BEIR form; one whose queries.jsonl has `answers`
# is asked for answers too. HANDBOOKS_DIR holds the four sets that bench/handbook_questions.jsonl
# asks about. Everything is made in a temporary folder (TMPDIR) and removed; about five minutes.
set -euo pipefail
carrel=$(realpath "$1")
collections=$(realpath "$2")
handbooks=$(realpath "$3")
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/figures"

for dataset in "$collections"/*/; do
  name=$(basename "$dataset")
  echo "$name" >&2
  "$carrel" eval retrieval --dataset "$dataset" --json > "$work/figures/retrieval-$name.json"
  grep -qm1 '"answers"' "$dataset/queries.jsonl" || continue
  "$carrel" eval answers --dataset "$dataset" --json > "$work/figures/answers-$name.json"
  "$carrel" eval answers --dataset "$dataset" --absent 0.3 --json > "$work/figures/absent-$name.json"
done

echo "handbooks" >&2
"$carrel" init --data "$work/handbooks" --default-allow everyone > "$work/log"
"$carrel" user add reader --clearance internal --data "$work/handbooks" > "$work/log"
for set in "$handbooks"/*/; do
  "$carrel" ingest --data "$work/handbooks" --collection "$(basename "$set")" "$set/files" > "$work/log"
done
"$carrel" eval golden "$root/bench/handbook_questions.jsonl" --data "$work/handbooks" --as reader --json \
  > "$work/figures/golden-handbooks.json"

echo "northlight" >&2
"$carrel" init --data "$work/northlight" > "$work/log"
"$carrel" user import --data "$work/northlight" "$root/examples/northlight/company.toml" > "$work/log"
"$carrel" ingest --data "$work/northlight" "$root/examples/northlight" > "$work/log"
"$carrel" eval golden "$root/examples/northlight/questions.jsonl" --data "$work/northlight" --json \
  > "$work/figures/golden-northlight.json"

python3 "$root/bench/quality_tables.py" "$work/figures" "$root/docs/quality.md"
