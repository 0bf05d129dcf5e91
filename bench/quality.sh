#!/usr/bin/env bash
# Prints docs/quality.md's tables: every collection below a folder, arm by arm.
#
#   bench/quality.sh build/release/cli/carrel COLLECTIONS_DIR > tables.md
#
# COLLECTIONS_DIR holds one folder a collection, in BEIR form. A collection whose queries.jsonl has
# `answers` is asked for answers too.
set -euo pipefail
carrel=$1
collections=$2

echo '| collection | documents | questions | keyword | vector | fusion | fusion − better arm | recall@100 |'
echo '|---|---|---|---|---|---|---|---|'
for dataset in "$collections"/*/; do
  [[ -f $dataset/qrels.tsv ]] || continue
  "$carrel" eval retrieval --dataset "$dataset" --json 2>/dev/null |
    python3 -c '
import json, sys
r = json.load(sys.stdin)
arms = {name: arm["ndcg@10"] for name, arm in r["arms"].items()}
better = max(arms["keyword"], arms["vector"])
print("| %s | %d | %d | %.3f | %.3f | %.3f | %+.3f | %.3f |" % (sys.argv[1], r["docs"], r["queries"],
      arms["keyword"], arms["vector"], arms["fusion"], arms["fusion"] - better, r["recall@100"]))
' "$(basename "$dataset")"
done

echo
echo '| collection | questions | holds a gold answer | in its best sentence | words | citation precision | refusal AUROC |'
echo '|---|---|---|---|---|---|---|'
for dataset in "$collections"/*/; do
  grep -qm1 '"answers"' "$dataset/queries.jsonl" || continue
  "$carrel" eval answers --dataset "$dataset" --json 2>/dev/null |
    python3 -c '
import json, sys
r = json.load(sys.stdin)
print("| %s | %d | %.3f | %.3f | %.1f | %.3f | %.3f |" % (sys.argv[1], r["questions"],
      r["contains_gold"], r["contains_gold_one_sentence"], r["mean_words"],
      r["citation_precision"], r["refusal_auroc"]))
' "$(basename "$dataset")"
done
