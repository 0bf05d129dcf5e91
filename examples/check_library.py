#!/usr/bin/env python3
"""Checks that the sample library keeps its promises: that every answer in questions.jsonl stands in
the document (and on the page) it names, that whoever is said to know may read it, and that whoever is
said not to know may not. With --table, also prints how many documents each person may read.

The rights are worked out here a second time, slowly and without Carrel. Needs Python 3.11 and pdftotext.
"""
import fnmatch
import html
import json
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

LIBRARY = Path(__file__).resolve().parent / "northlight"
LABELS = ["public", "internal", "confidential", "restricted"]
KINDS = {".md", ".txt", ".csv", ".html", ".pdf", ".docx"}


def text_of(path: Path, page: int | None = None) -> str:
    if path.suffix == ".pdf":
        pages = ["-f", str(page), "-l", str(page)] if page else []
        text = subprocess.run(["pdftotext", "-layout", *pages, path, "-"], check=True,
                              capture_output=True, timeout=60).stdout.decode("utf-8")
    elif path.suffix == ".docx":
        with zipfile.ZipFile(path) as archive:
            xml = archive.read("word/document.xml").decode("utf-8")
        text = html.unescape(re.sub(r"<[^>]+>", "", xml.replace("</w:p>", "\n")))
    elif path.suffix == ".html":
        text = re.sub(r"<(script|style)\b.*?</\1>", "", path.read_text("utf-8"), flags=re.S)
        text = html.unescape(re.sub(r"<[^>]+>", "", text))
    else:
        text = path.read_text("utf-8")
    return " ".join(text.split())


def rights_of(path: Path) -> dict:
    """The nearest folder that sets a key decides it; in one file the last match that sets it does."""
    rights: dict = {}
    for folder in path.parents:
        rules = folder / "carrel.toml"
        if rules.exists():
            content = tomllib.loads(rules.read_text("utf-8"))
            here = {key: value for key, value in content.items() if key != "match"}
            for match in content.get("match", []):
                if fnmatch.fnmatchcase(str(path.relative_to(folder)), match["glob"]):
                    here |= {key: value for key, value in match.items() if key != "glob"}
            rights = here | rights
        if folder == LIBRARY:
            return rights
    raise ValueError(f"{path} is not in the library")


class Company:
    def __init__(self) -> None:
        content = tomllib.loads((LIBRARY / "company.toml").read_text("utf-8"))
        self.users = {user["name"]: user for user in content["user"]}
        self.groups = {group["name"]: group["members"] for group in content["group"]}

    def principals(self, user: str) -> set[str]:
        mine = {"everyone", f"user:{user}"} | {f"role:{role}" for role in self.users[user]["roles"]}
        while True:
            more = {f"group:{name}" for name, members in self.groups.items() if mine & set(members)}
            if more <= mine:
                return mine
            mine |= more

    def may_read(self, user: str, path: Path) -> bool:
        rights = rights_of(path)
        mine = self.principals(user)
        allowed = set(rights.get("allow", [])) | {rights.get("owner", "")}
        cleared = LABELS.index(self.users[user]["clearance"]) >= LABELS.index(rights["label"])
        return bool(mine & allowed) and not mine & set(rights.get("deny", [])) and cleared


def main() -> int:
    company = Company()
    documents = sorted(path for path in LIBRARY.rglob("*") if path.suffix in KINDS)
    texts = {path: text_of(path) for path in documents}
    questions = [json.loads(line) for line in (LIBRARY / "questions.jsonl").open(encoding="utf-8")]
    known = {question["text"]: question for question in questions if question["answerable"]}
    faults = []
    for question in questions:
        who, name = question["as"], f"{question['_id']} ({question['text']})"
        if question["answerable"]:
            path = LIBRARY / question["document"]
            text = text_of(path, question["page"])
            faults += [f"{name}: {answer!r} is not there" for answer in question["answers"]
                       if answer not in text]
            if not company.may_read(who, path):
                faults.append(f"{name}: {who} may not read {question['document']}")
        elif question["reason"] == "access":
            same = known[question["text"]]
            if company.may_read(who, LIBRARY / same["document"]):
                faults.append(f"{name}: {who} may read {same['document']}")
            for path, text in texts.items():
                if company.may_read(who, path) and all(answer in text for answer in same["answers"]):
                    print(f"note: {name}: {path.relative_to(LIBRARY)}, readable by {who}, has the words")
    for fault in faults:
        print(fault)
    if "--table" in sys.argv:
        for user in company.users:
            readable = [path for path in documents if company.may_read(user, path)]
            folders = sorted({path.relative_to(LIBRARY).parts[0] for path in readable})
            print(f"{user:6} {len(readable):3} of {len(documents)}  {' '.join(folders)}")
    print(f"{len(documents)} documents, {len(questions)} questions, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
