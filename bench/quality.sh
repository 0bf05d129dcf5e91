#!/usr/bin/env bash
# Measures the tables of docs/quality.md anew and writes them in place, between its marks.
#
#   bench/quality.sh build/release/cli/carrel COLLECTIONS_DIR HANDBOOKS_DIR [FIGURES_DIR]
#
# COLLECTIONS_DIR holds one folder a collection, in BEIR form; one whose queries.jsonl has `answers`
# is asked for answers too. HANDBOOKS_DIR holds the four sets that bench/handbook_questions.jsonl
# asks about. What carrel prints is kept in FIGURES_DIR, if named; what lies there already is not
# measured again, so that an interrupted run goes on. Libraries are made in a temporary folder
# (TMPDIR) and removed; about three minutes on two cores.
set -euo pipefail
carrel=$(realpath "$1")
collections=$(realpath "$2")
handbooks=$(realpath "$3")
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
figures=${4:-$work/figures}
mkdir -p "$figures"

# measure NAME ARGUMENTS...: what carrel prints, whole or not at all, as NAME.json.
measure() {
  local name=$1
  shift
  [[ -s $figures/$name.json ]] && return
  echo "$name" >&2
  "$carrel" "$@" --json > "$work/printed"
  mv "$work/printed" "$figures/$name.json"
}

golden() {  # golden NAME QUESTIONS ARGUMENTS...: of the library in $work/NAME
  local name=$1 questions=$2
  shift 2
  measure "golden-$name" eval golden "$questions" --data "$work/$name" "$@"
}

if [[ ! -s $figures/golden-handbooks.json ]]; then
  "$carrel" init --data "$work/handbooks" --default-allow everyone > "$work/log"
  "$carrel" user add reader --clearance internal --data "$work/handbooks" > "$work/log"
  for set in "$handbooks"/*/; do
    "$carrel" ingest --no-embed --data "$work/handbooks" --collection "$(basename "$set")" \
      "$set/files" > "$work/log"
  done
  "$carrel" model train --data "$work/handbooks" > "$work/log"
fi
golden handbooks "$root/bench/handbook_questions.jsonl" --as reader

if [[ ! -s $figures/golden-northlight.json ]]; then
  "$carrel" init --data "$work/northlight" > "$work/log"
  "$carrel" user import --data "$work/northlight" "$root/examples/northlight/company.toml" > "$work/log"
  "$carrel" ingest --data "$work/northlight" "$root/examples/northlight" > "$work/log"
fi
golden northlight "$root/examples/northlight/questions.jsonl"

for dataset in "$collections"/*/; do
  name=$(basename "$dataset")
  measure "retrieval-$name" eval retrieval --dataset "$dataset"
  grep -qm1 '"answers"' "$dataset/queries.jsonl" || continue
  measure "answers-$name" eval answers --dataset "$dataset"
  measure "absent-$name" eval answers --dataset "$dataset" --absent 0.3
done

python3 "$root/bench/quality_tables.py" "$figures" "$root/docs/quality.md"
