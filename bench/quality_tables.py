#!/usr/bin/env python3
"""Writes figures that `carrel eval ... --json` printed into the tables of docs/quality.md.

    bench/quality_tables.py FIGURES_DIR docs/quality.md

FIGURES_DIR holds KIND-NAME.json files as bench/quality.sh makes them. Each table of the page lies
between <!-- figures: KIND --> and <!-- end -->; what is outside these marks, and a table of which there
are no figures, is left as it is.
"""
import json
import re
import sys
from pathlib import Path


def figures(folder: Path, kind: str) -> dict[str, dict]:
    return {path.stem.removeprefix(kind + "-"): json.loads(path.read_text("utf-8"))
            for path in sorted(folder.glob(f"{kind}-*.json"))}


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def with_interval(value: float, interval: list[float], signed: bool = False) -> str:
    form = "{:+.3f}" if signed else "{:.3f}"
    low, high = (form.format(x) for x in interval)
    return f"{form.format(value)} [{low}, {high}]"


def retrieval(found: dict[str, dict]) -> str:
    arms = list(next(iter(found.values()))["arms"])
    quality = [[name, str(r["docs"]), str(r["queries"]),
                *(with_interval(r["arms"][arm]["ndcg@10"], r["arms"][arm]["ndcg@10_interval"])
                  for arm in arms), f"{r['recall@5']:.3f}", f"{r['recall@100']:.3f}"]
               for name, r in found.items()]
    gains = [[name, *(f"{with_interval(d['ndcg@10'], d['interval'], True)} ({d['relative']:+.1%})"
                      for d in r["differences"].values())]
             for name, r in found.items()]
    last = arms[-1]
    against = [f"{last} − {other}" for other in next(iter(found.values()))["differences"]]
    return (table(["collection", "documents", "questions", *arms, f"recall@5 ({last})",
                   f"recall@100 ({last})"], quality)
            + "\n\n" + table(["collection", *against], gains))


def answers(found: dict[str, dict]) -> str:
    return table(
        ["collection", "questions", "holds a gold answer", "in its best sentence", "words",
         "citation precision"],
        [[name, str(r["questions"]),
          with_interval(r["contains_gold"], r["intervals"]["contains_gold"]),
          with_interval(r["contains_gold_one_sentence"],
                        r["intervals"]["contains_gold_one_sentence"]),
          f"{r['mean_words']:.1f}", f"{r['citation_precision']:.3f}"]
         for name, r in found.items()])


def refusals(found: list[tuple[str, dict]]) -> str:
    return table(
        ["unanswerable questions", "with an answer / without", "AUROC", "plain: coverage",
         "plain: BM25", "refused, rightly", "refused, wrongly"],
        [[name, f"{r['answerable']} / {r['questions'] - r['answerable']}",
          with_interval(r["refusal_auroc"], r["intervals"]["refusal_auroc"]),
          f"{r['refusal_auroc_plain_coverage']:.3f}",
          f"{r['refusal_auroc_plain_keyword_score']:.3f}",
          f"{r['abstained_unanswerable']:.3f}", f"{r['abstained_answerable']:.3f}"]
         for name, r in found])


def golden(found: dict[str, dict]) -> str:
    columns = {"right document first": "right_document_first", "right page in 5": "right_page_in_5",
               "passage in 5": "passage_in_5", "holds expected words": "contains_expected",
               "refused, rightly": "refused_unanswerable", "refused, wrongly": "refused_answerable"}
    names = {"northlight": "sample company", "handbooks": "handbooks"}
    whole = table(["questions about", "answerable / to be refused", *columns],
                  [[names.get(name, name), f"{r['answerable']} / {r['unanswerable']}",
                    *(with_interval(r[key], r["intervals"][key]) if key in r else "–"
                      for key in columns.values())]
                   for name, r in found.items()])
    types = found.get("handbooks", {}).get("types", {})
    by_type = table(["handbooks: type", "questions", *columns],
                    [[name, str(t["questions"]),
                      *(f"{t[key]:.2f}" if key in t else "–" for key in columns.values())]
                     for name, t in types.items()])
    return whole + "\n\n" + by_type


def main() -> int:
    folder, page = Path(sys.argv[1]), Path(sys.argv[2])
    known = figures(folder, "answers")
    refused = ([(f"{name}, its own adversarial ones", r) for name, r in known.items()]
               + [(f"{name}, articles left out", r)
                  for name, r in figures(folder, "absent").items()])
    made = {"retrieval": (retrieval, figures(folder, "retrieval")), "answers": (answers, known),
            "refusals": (refusals, refused), "golden": (golden, figures(folder, "golden"))}
    text = page.read_text("utf-8")
    for kind, (table_of, found) in made.items():
        if not found:
            continue
        new = table_of(found)
        text, count = re.subn(rf"(<!-- figures: {kind} -->\n).*?(<!-- end -->)",
                              lambda m: m[1] + new + "\n" + m[2], text, flags=re.S)
        if count != 1:
            raise SystemExit(f"{page} has {count} places for the table '{kind}'")
    page.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
