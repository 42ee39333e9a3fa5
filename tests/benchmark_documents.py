"""Read real documents and compare their words with what other tools find in them.

    python tests/benchmark_documents.py FOLDER...

reads every PDF, DOCX, ODT, EPUB, EML, MHTML and Markdown file below the folders and prints a table
by format: how many there are, how many were read and refused, how many showed a defect, how many
hold text (20 words that the other tool finds too), and what share of those was read well: 85 % of
the words both ways. The other tool is poppler's `pdftotext` for PDF, the bare text of the XML,
HTML or Markdown for the rest. Reasons for refusals and the files that were not read well follow.
"""

import email
import email.policy
import re
import subprocess
import sys
import time
import unicodedata
import zipfile
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree, html

from retrieval import sources
from retrieval.errors import ReaderDefect, UnreadableSource
from retrieval.records import Article

SUFFIXES = {".pdf", ".docx", ".odt", ".epub", ".eml", ".mht", ".mhtml", ".md"}
FEWEST_WORDS = 20
WELL = 0.85

# Scripts without spaces are compared letter by letter.
_LETTER = r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
_WORD = re.compile(rf"{_LETTER}|\w+?(?={_LETTER}|\b)")
_CUT_WORD = re.compile(r"(?<=[^\W\d_])[-\u00ad]\n\s*(?=[^\W\d_])")
_STRUCK_OUT = ("{*}del", "{*}moveFrom", "{*}Fallback", "{*}tracked-changes", "{*}annotation")


@dataclass
class Format:
    """What became of the files of one format."""

    read: int = 0
    defects: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    with_text: int = 0
    well: int = 0
    badly: list[str] = field(default_factory=list)
    seconds: float = 0.0


def words(text: str) -> Counter[str]:
    """How often each word stands in a text; a word cut at a line's end is one."""
    return Counter(_WORD.findall(unicodedata.normalize("NFKC", _CUT_WORD.sub("", text)).casefold()))


def other_text(path: Path) -> str:
    """The text that another tool finds in a document; empty if it finds none."""
    try:
        match path.suffix.lower():
            case ".pdf":
                command = ["pdftotext", "-q", str(path), "-"]
                found = subprocess.run(command, capture_output=True, check=False).stdout
                return _without_heads(found.decode(errors="replace"))
            case ".docx" | ".odt" | ".epub":
                return _zipped_text(path)
            case ".md":
                return _markdown_text(path.read_text(encoding="utf-8"))
            case _:
                return _mail_text(path.read_bytes())
    except (OSError, ValueError, KeyError, LookupError, zipfile.BadZipFile, etree.LxmlError):
        return ""


def _without_heads(text: str) -> str:
    """Text without running heads and feet, and without tables of contents."""
    pages = [[line for line in page.splitlines() if line.strip()] for page in text.split("\f")]
    keys = [[re.sub(r"\d+", "#", line) for line in page] for page in pages]
    seen = Counter(key for page in keys for key in {*page[:3], *page[-3:]})
    most = max(2, len(pages) / 2)
    for page, lines in zip(keys, pages, strict=True):
        for place in {*range(3), *range(len(page) - 3, len(page))} & set(range(len(page))):
            if seen[page[place]] > most:
                lines[place] = ""
    contents = re.compile(r"(?:\. ?){5}")
    return "\n".join(line for page in pages for line in page if not contents.search(line))


def _zipped_text(path: Path) -> str:
    with zipfile.ZipFile(path) as file:
        names = file.namelist()
        if path.suffix.lower() == ".epub":
            pages = [name for name in names if re.search(r"\.x?html?$", name)]
            return "\n".join(_html_text(file.read(name)) for name in pages)
        parts = re.compile(r"content\.xml|word/(?:document\d*|footnotes|endnotes)\.xml")
        roots = [etree.fromstring(file.read(name)) for name in names if parts.fullmatch(name)]
    for root in roots:
        for gone in root.iter(*_STRUCK_OUT):
            for element in gone.iter():
                element.text = None
    whole = path.suffix.lower() == ".odt"
    paragraphs = (
        one
        for root in roots
        for one in root.iter("{*}p", "{*}h")
        if next(one.iterancestors("{*}p"), None) is None  # not those of a box in a paragraph
    )
    return "\n".join(
        "".join(one.itertext() if whole else (t.text or "" for t in one.iter("{*}t")))
        for one in paragraphs
    )


def _html_text(page: bytes | str) -> str:
    root = html.document_fromstring(page)
    for gone in root.xpath("//script | //style | //head | //nav"):
        gone.drop_tree()
    return " ".join(root.itertext())


def _mail_text(data: bytes) -> str:
    body = email.message_from_bytes(data, policy=email.policy.default).get_body(("plain", "html"))
    text = str(body.get_content()) if body else ""
    if body and body.get_content_type() == "text/html":
        return _html_text(text)
    own = re.split(r"(?m)^-- ?$|^_{20,}$", text)[0]
    own = re.sub(r"(?m)^(?:On .*\n?)?.*\bw(?:rote|rites):\s*^(?=>)", "", own)
    return re.sub(r"(?m)^\s*>.*$", "", own)


def _markdown_text(text: str) -> str:
    """Markdown without front matter, code, HTML and the addresses of links."""
    text = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)
    text = re.sub(r"(?ms)^ *(```|~~~).*?^ *\1 *$|<[^<>]+>", "", text)
    return re.sub(r"(?m)\]\([^()\s]*\)|^ *\[[^\]]+\]: .*$", "", text)


def main(folders: list[str]) -> None:
    """Read all documents below the folders and print the table."""
    formats: dict[str, Format] = defaultdict(Format)
    for path in sorted(path for folder in folders for path in Path(folder).rglob("*")):
        if path.is_file() and path.suffix.lower() in SUFFIXES:
            measure(path, formats[path.suffix.lower().lstrip(".")])
    print("format  files  read  refused  defects  with text  read well  s/file")
    for name, it in formats.items():
        files = it.read + len(it.refused) + len(it.defects)
        share = f"{it.well / it.with_text:.3f}" if it.with_text else "-"
        print(
            f"{name:6}{files:7}{it.read:6}{len(it.refused):9}{len(it.defects):9}{it.with_text:11}"
            f"{share:>11}{it.seconds / files:8.2f}"
        )
    for name, it in formats.items():
        print(f"\n{name}: refused")
        for reason, number in Counter(reason for _, reason in it.refused).most_common():
            print(f"{number:5} {reason}")
        for line in (*it.defects, *it.badly):
            print(f"      {line}")


def measure(path: Path, it: Format) -> None:
    """Read a document and add what became of it to its format."""
    begun = time.perf_counter()
    results = list(sources.articles(str(path)))
    it.seconds += time.perf_counter() - begun
    articles = [one for one in results if isinstance(one, Article)]
    failed = [one for one in results if isinstance(one, UnreadableSource)]
    if any(isinstance(one, ReaderDefect) for one in failed):
        it.defects.append(f"{path}: defect")
    elif articles:
        it.read += 1
    else:
        it.refused.append((str(path), failed[0].reason))
    # What came with a letter is compared with nothing.
    own = [one for one in articles if path.suffix == ".epub" or "!" not in (one.origin or "")]
    ours, others = words("\n".join(one.text for one in own)), words(other_text(path))
    if others.total() >= FEWEST_WORDS:
        # A title may stand in the text or, as that of a letter, beside it.
        titled = ours + words("\n".join(one.title for one in own))
        found = (titled & others).total() / others.total()
        wanted = (ours & others).total() / max(1, ours.total())
        it.with_text += 1
        if min(found, wanted) >= WELL:
            it.well += 1
        else:
            why = failed[0].reason[:60] if not articles else ""
            it.badly.append(
                f"{path}: {found:.2f} of its {others.total()} words, {wanted:.2f} of ours {why}"
            )


if __name__ == "__main__":
    main(sys.argv[1:])
