#!/usr/bin/env python3
"""Makes the PDF and DOCX files of the sample library from their sources.

    examples/make_documents.py [NAME...]     all of them, or those whose source is NAME

PDFs are printed from sources/*.html by headless Chromium; DOCX files are written from
sources/*.txt as WordprocessingML with heading styles, real lists and a table. The made
files are committed, so a build never runs this. Making them again with the same Chromium
gives the same bytes: dates are fixed, and nothing depends on the place or the hour.

Needs chromium (CHROMIUM names another binary) and pdftotext.
"""
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

HERE = Path(__file__).resolve().parent
SOURCES = HERE / "sources"
LIBRARY = HERE / "northlight"

# source -> where the made file lies in the library, and the day it claims to be written on
MADE = {
    "travel-expenses-2025.html": ("policies/travel-expenses-2025.pdf", "20250120"),
    "information-security.html": ("policies/information-security.pdf", "20250203"),
    "halo-4-user-guide.html": ("public/halo-4-user-guide.pdf", "20250210"),
    "price-list-2025.html": ("sales/price-list-2025.pdf", "20250127"),
    "postmortem-2024-10-03-link-outage.html":
        ("engineering/postmortem-2024-10-03-link-outage.pdf", "20241017"),
    "dpa-merrow-hosting.html": ("legal/dpa-merrow-hosting.pdf", "20241209"),
    "incident-2025-004.html": ("security/incident-2025-004.pdf", "20250328"),
    "board-minutes-2025-03-20.html": ("board/minutes-2025-03-20.pdf", "20250327"),
    "project-harbour-memo.html": ("board/project-harbour-memo.pdf", "20250314"),
    "onboarding-checklist.txt": ("handbook/onboarding-checklist.docx", "20250107"),
    "capa-2025-007.txt": ("quality/capa-2025-007.docx", "20250506"),
    "recruitment-plan-2025.txt": ("hr/recruitment-plan-2025.docx", "20250512"),
}

PDF_BYTES_MAX = 150_000

# Where a long word may break at the end of a line, as in any typeset document.
BREAKS = [
    "hyper-bili-ru-bin-aemia", "con-fi-den-tial-ity", "sub-pro-ces-sors", "com-pen-sa-tion",
    "im-pact", "docu-mented", "in-struc-tions", "in-struc-tion", "pseudo-nymised", "en-cryp-tion",
    "cate-gories", "photo-therapy", "meas-ure-ments", "tem-pera-ture", "treat-ment", "bili-rubin",
    "ir-ra-di-ance", "radio-meter", "accord-ingly", "in-cu-ba-tor", "pro-tec-tion",
    "re-spon-si-ble", "agree-ment", "man-age-ment", "com-mit-tee", "de-part-ment", "in-ten-sive",
    "com-bined", "con-siders", "in-fringes", "sus-pend", "main-tains", "meas-ures", "for-bid-den",
    "process-ing", "atten-tion", "cov-ered", "per-sons", "con-firmed", "with-out",
    "acknowl-edge-ment", "nego-ti-ate", "unani-mously", "dis-ci-plin-ary", "con-ver-sa-tion",
]
SOFT_HYPHEN = "\u00ad"


def hyphenate(html: str, mark) -> str:
    """Replaces each word of BREAKS in a paragraph by mark(parts); headings and tables stay."""
    parts = {word.replace("-", ""): word.split("-") for word in BREAKS}

    def in_text(text: re.Match) -> str:
        return re.sub(r"[A-Za-z]+", lambda w: mark(parts[w[0]]) if w[0] in parts else w[0], text[0])

    return re.sub(r"<p>.*?</p>", lambda p: re.sub(r"(?<=>)[^<]+", in_text, p[0]), html, flags=re.S)


def broken_words(pdf: Path) -> dict[str, list[int]]:
    """For each occurrence of a word with soft hyphens, in order: after which part the line breaks
    (0: nowhere)."""
    text = subprocess.run(["pdftotext", "-raw", pdf, "-"], check=True, capture_output=True,
                          timeout=60).stdout.decode("utf-8")
    # pdftotext ends a line after each soft hyphen; the one that was printed has a hyphen behind it.
    text = re.sub(f"{SOFT_HYPHEN}\\s*\u2010\\s*", "|", text)
    text = re.sub(f"{SOFT_HYPHEN}\\s*", SOFT_HYPHEN, text)
    joint = f"[{SOFT_HYPHEN}|]"
    found = {}
    for word in BREAKS:
        found[word.replace("-", "")] = [
            match[0].count(SOFT_HYPHEN, 0, match[0].find("|")) + 1 if "|" in match[0] else 0
            for match in re.finditer(f"(?<![A-Za-z|{SOFT_HYPHEN}])" + joint.join(word.split("-")) +
                                     f"(?![A-Za-z|{SOFT_HYPHEN}])", text)]
    return found


def print_pdf(html: str, folder: Path) -> Path:
    page, printed = folder / "page.html", folder / "page.pdf"
    page.write_text(html, "utf-8")
    (folder / "paper.css").write_bytes((SOURCES / "paper.css").read_bytes())
    subprocess.run(
        [os.environ.get("CHROMIUM", "chromium"), "--headless", "--no-sandbox", "--disable-gpu",
         "--disable-background-networking", f"--user-data-dir={folder}/profile",
         "--no-pdf-header-footer", f"--print-to-pdf={printed}", page.as_uri()],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120)
    return printed


def make_pdf(source: Path, target: Path, day: str) -> None:
    """Prints twice: with soft hyphens, to learn which words break at a line's end, and then with a
    real hyphen in those and none elsewhere. Otherwise Chromium leaves every soft hyphen in the text."""
    html = source.read_text("utf-8")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        broken = broken_words(print_pdf(hyphenate(html, SOFT_HYPHEN.join), folder))

        def with_hyphen(parts: list[str]) -> str:
            left = broken["".join(parts)]
            at = left.pop(0) if left else 0
            return "".join(parts[:at]) + "-" + "".join(parts[at:]) if at else "".join(parts)

        pdf = print_pdf(hyphenate(html, with_hyphen), folder).read_bytes()
    # The dates keep their length, so every offset in the cross-reference table stays right.
    pdf = re.sub(rb"/(CreationDate|ModDate) \(D:\d{14}",
                 lambda m: b"/" + m[1] + b" (D:" + day.encode() + b"090000", pdf)
    if len(pdf) > PDF_BYTES_MAX:
        raise SystemExit(f"{target}: {len(pdf)} bytes, more than {PDF_BYTES_MAX}")
    target.write_bytes(pdf)


W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml"


def paragraph(text: str, style: str = "", numbering: int = 0) -> str:
    properties = f'<w:pStyle w:val="{style}"/>' if style else ""
    if numbering:
        properties += (f'<w:numPr><w:ilvl w:val="0"/><w:numId w:val="{numbering}"/></w:numPr>')
    if properties:
        properties = f"<w:pPr>{properties}</w:pPr>"
    return f'<w:p>{properties}<w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>'


def table(rows: list[list[str]]) -> str:
    width = 9000 // len(rows[0])
    out = ['<w:tbl><w:tblPr><w:tblStyle w:val="TableGrid"/><w:tblW w:w="9000" w:type="dxa"/></w:tblPr>',
           "<w:tblGrid>", f'<w:gridCol w:w="{width}"/>' * len(rows[0]), "</w:tblGrid>"]
    for number, row in enumerate(rows):
        out.append("<w:tr><w:trPr><w:tblHeader/></w:trPr>" if number == 0 else "<w:tr>")
        out += [f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>{paragraph(cell)}</w:tc>'
                for cell in row]
        out.append("</w:tr>")
    return "".join(out) + "</w:tbl>" + paragraph("")


def body_of(lines: list[str]) -> tuple[str, int]:
    """The document's body, and how many numbered lists it has (each counts from one)."""
    out, rows, ordered = [], [], 0
    previous = ""
    for line in lines + [""]:
        if rows and not line.startswith("|"):
            out.append(table(rows))
            rows = []
        if line.startswith("|"):
            rows.append([cell.strip() for cell in line.strip("|").split("|")])
        elif line.startswith("## "):
            out.append(paragraph(line[3:], "Heading2"))
        elif line.startswith("# "):
            out.append(paragraph(line[2:], "Heading1"))
        elif line.startswith("- "):
            out.append(paragraph(line[2:], "ListParagraph", 1))
        elif re.match(r"\d+\. ", line):
            if not re.match(r"\d+\. ", previous):
                ordered += 1
            out.append(paragraph(line.split(". ", 1)[1], "ListParagraph", 1 + ordered))
        elif line:
            out.append(paragraph(line))
        previous = line
    return "".join(out), ordered


def make_docx(source: Path, target: Path, day: str) -> None:
    lines = source.read_text("utf-8").splitlines()
    title, subject = (line.split(": ", 1)[1] for line in lines[:2])
    body, ordered = body_of(lines[2:])
    when = f"{day[:4]}-{day[4:6]}-{day[6:]}T09:00:00Z"

    level = ('<w:abstractNum w:abstractNumId="{0}"><w:lvl w:ilvl="0"><w:start w:val="1"/>'
             '<w:numFmt w:val="{1}"/><w:lvlText w:val="{2}"/><w:pPr><w:ind w:left="720" w:hanging="360"/>'
             "</w:pPr></w:lvl></w:abstractNum>")
    numbering = [level.format(0, "bullet", "\u2022"), level.format(1, "decimal", "%1."),
                 '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>']
    for number in range(ordered):
        numbering.append(f'<w:num w:numId="{number + 2}"><w:abstractNumId w:val="1"/>'
                         '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride></w:num>')

    def style(kind: str, key: str, name: str, properties: str, default: str = "") -> str:
        return (f'<w:style w:type="{kind}" w:styleId="{key}"{default}><w:name w:val="{name}"/>'
                f"{properties}</w:style>")

    heading = ('<w:basedOn w:val="Normal"/><w:next w:val="Normal"/><w:pPr><w:keepNext/>'
               '<w:outlineLvl w:val="{0}"/></w:pPr><w:rPr><w:b/><w:sz w:val="{1}"/></w:rPr>')
    edges = "".join(f'<w:{edge} w:val="single" w:sz="4" w:color="999999"/>'
                    for edge in ("top", "left", "bottom", "right", "insideH", "insideV"))
    styles = [
        style("paragraph", "Normal", "Normal", '<w:pPr><w:spacing w:after="120"/></w:pPr>',
              ' w:default="1"'),
        style("paragraph", "Heading1", "heading 1", heading.format(0, 36)),
        style("paragraph", "Heading2", "heading 2", heading.format(1, 26)),
        style("paragraph", "ListParagraph", "List Paragraph", '<w:basedOn w:val="Normal"/>'),
        style("table", "TableGrid", "Table Grid", f"<w:tblPr><w:tblBorders>{edges}</w:tblBorders></w:tblPr>"),
    ]
    page = ('<w:sectPr><w:footerReference w:type="default" r:id="rId3"/>'
            '<w:pgSz w:w="11906" w:h="16838"/>'
            '<w:pgMar w:top="1300" w:right="1300" w:bottom="1300" w:left="1300" w:header="600" '
            'w:footer="600" w:gutter="0"/></w:sectPr>')
    footer = (f"<w:p><w:r><w:t xml:space=\"preserve\">Northlight NV - {escape(subject)} - page </w:t></w:r>"
              '<w:fldSimple w:instr=" PAGE "><w:r><w:t>1</w:t></w:r></w:fldSimple></w:p>')

    def override(part: str, kind: str) -> str:
        return f'<Override PartName="{part}" ContentType="{kind}"/>'

    def relation(key: str, kind: str, part: str) -> str:
        return f'<Relationship Id="{key}" Type="{kind}" Target="{part}"/>'

    parts = {
        "[Content_Types].xml":
            f'<Types xmlns="{PACKAGE}/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            + override("/word/document.xml", f"{TYPE}.document.main+xml")
            + override("/word/styles.xml", f"{TYPE}.styles+xml")
            + override("/word/numbering.xml", f"{TYPE}.numbering+xml")
            + override("/word/footer1.xml", f"{TYPE}.footer+xml")
            + override("/docProps/core.xml", "application/vnd.openxmlformats-package.core-properties+xml")
            + "</Types>",
        "_rels/.rels":
            f'<Relationships xmlns="{PACKAGE}/relationships">'
            + relation("rId1", f"{OFFICE}/officeDocument", "word/document.xml")
            + relation("rId2", f"{PACKAGE}/relationships/metadata/core-properties", "docProps/core.xml")
            + "</Relationships>",
        "word/_rels/document.xml.rels":
            f'<Relationships xmlns="{PACKAGE}/relationships">'
            + relation("rId1", f"{OFFICE}/styles", "styles.xml")
            + relation("rId2", f"{OFFICE}/numbering", "numbering.xml")
            + relation("rId3", f"{OFFICE}/footer", "footer1.xml")
            + "</Relationships>",
        "docProps/core.xml":
            f'<cp:coreProperties xmlns:cp="{PACKAGE}/metadata/core-properties" '
            'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
            'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
            f"<dc:title>{escape(title)}</dc:title><dc:subject>{escape(subject)}</dc:subject>"
            "<dc:creator>Northlight NV</dc:creator>"
            f'<dcterms:created xsi:type="dcterms:W3CDTF">{when}</dcterms:created>'
            f'<dcterms:modified xsi:type="dcterms:W3CDTF">{when}</dcterms:modified></cp:coreProperties>',
        "word/document.xml":
            f'<w:document {W} xmlns:r="{OFFICE}"><w:body>{body}{page}</w:body></w:document>',
        "word/styles.xml": f"<w:styles {W}>{''.join(styles)}</w:styles>",
        "word/numbering.xml": f"<w:numbering {W}>{''.join(numbering)}</w:numbering>",
        "word/footer1.xml": f"<w:ftr {W}>{footer}</w:ftr>",
    }
    with zipfile.ZipFile(target, "w") as archive:
        for name, text in parts.items():
            entry = zipfile.ZipInfo(name, (int(day[:4]), int(day[4:6]), int(day[6:]), 9, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, XML + text)


def main() -> None:
    wanted = set(sys.argv[1:])
    unknown = wanted - MADE.keys()
    if unknown:
        raise SystemExit(f"no such source: {', '.join(sorted(unknown))}")
    for name, (place, day) in MADE.items():
        if wanted and name not in wanted:
            continue
        target = LIBRARY / place
        target.parent.mkdir(parents=True, exist_ok=True)
        make = make_pdf if name.endswith(".html") else make_docx
        make(SOURCES / name, target, day)
        print(f"{place}: {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
