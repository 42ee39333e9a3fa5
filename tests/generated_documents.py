"""Documents of every kind that is read, made by the tests from invented articles."""

import io
import zipfile
from email.message import EmailMessage

import docx
from fpdf import FPDF

FERRY = (
    "The harbour council voted on Tuesday to reopen the north pier after a nine-month closure,"
    " ending a dispute that had split the town."
)
MAYOR = (
    '"We waited long enough," said Mayor Ines Calder. The first ferry to Low Island leaves at six'
    " in the morning."
)
COST = (
    "Repairs cost 4.2 million crowns, a third more than planned, and were paid from the storm fund."
)
PROSE = [FERRY, MAYOR, COST]

_OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
_TEXT = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
_TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0"
_META = "urn:oasis:names:tc:opendocument:xmlns:meta:1.0"
_DC = "http://purl.org/dc/elements/1.1/"


def zipped(*members: tuple[str, str | bytes], packed: bool = True) -> bytes:
    """A ZIP file with these members."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED if packed else 0) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


def pdf(*paragraphs: str) -> bytes:
    """A PDF with these paragraphs."""
    paper = FPDF()
    paper.add_page()
    paper.set_font("Times", size=11)
    for one in paragraphs or PROSE:
        paper.multi_cell(0, 5, one, new_x="LMARGIN", new_y="NEXT")
        paper.ln(4)
    return bytes(paper.output())


def word(*paragraphs: str, title: str = "North pier to reopen") -> bytes:
    """A .docx file with these paragraphs."""
    document = docx.Document()
    document.core_properties.title = title
    document.core_properties.author = "Ada Fenn"
    for one in paragraphs or PROSE:
        document.add_paragraph(one)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def open_text(body: str | None = None, meta: str = "") -> bytes:
    """An .odt file with this body in XML."""
    body = body or "".join(f"<text:p>{one}</text:p>" for one in PROSE)
    names = {"office": _OFFICE, "text": _TEXT, "table": _TABLE, "meta": _META, "dc": _DC}
    spaces = " ".join(f'xmlns:{prefix}="{name}"' for prefix, name in names.items())

    def part(root: str, inner: str) -> str:
        return f"<office:{root} {spaces}>{inner}</office:{root}>"

    text = f"<office:body><office:text>{body}</office:text></office:body>"
    return zipped(
        ("mimetype", "application/vnd.oasis.opendocument.text"),
        ("content.xml", part("document-content", text)),
        ("meta.xml", part("document-meta", f"<office:meta>{meta}</office:meta>")),
        packed=False,
    )


def book(
    *chapters: tuple[str, str],
    facts: str = "<dc:title>The Weir</dc:title><dc:creator>Ada Fenn</dc:creator>",
    titles: dict[str, str] | None = None,
    more: tuple[tuple[str, str | bytes], ...] = (),
) -> bytes:
    """An .epub file with these chapters, each a file name and the HTML of its body."""
    chapters = chapters or (("flood.xhtml", "".join(f"<p>{one}</p>" for one in PROSE * 2)),)
    items = '<item id="n" href="nav.xhtml" media-type="a/html" properties="nav"/>' + "".join(
        f'<item id="{name}" href="{name}" media-type="application/xhtml+xml"/>'
        for name, _ in chapters
    )
    spine = "".join(f'<itemref idref="{name}"/>' for name, _ in chapters)
    links = "".join(f'<li><a href="{name}">{it}</a></li>' for name, it in (titles or {}).items())
    html = '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops">'
    package = (
        f'<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="{_DC}"><metadata>{facts}'
        f"</metadata><manifest>{items}</manifest><spine>{spine}</spine></package>"
    )
    container = (
        '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'
    )
    return zipped(
        ("mimetype", "application/epub+zip"),
        ("META-INF/container.xml", container),
        ("OEBPS/book.opf", package),
        ("OEBPS/nav.xhtml", f"{html}<body><nav><ol>{links}</ol></nav></body></html>"),
        *((f"OEBPS/{name}", f"{html}<body>{body}</body></html>") for name, body in chapters),
        *more,
        packed=False,
    )


def mail(
    text: str | None = None,
    *,
    subject: str = "North pier to reopen",
    sender: str = "Ada Fenn <ada@post.example>",
    files: tuple[tuple[str, bytes], ...] = (),
) -> bytes:
    """An e-mail with this text."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = "news@post.example"
    message["Subject"] = subject
    message["Date"] = "Mon, 08 Oct 2018 09:59:00 +0900"
    message["Message-ID"] = "<1@post.example>"
    message.set_content("\n\n".join(PROSE) + "\n" if text is None else text)
    for name, content in files:
        message.add_attachment(
            content, maintype="application", subtype="octet-stream", filename=name
        )
    return bytes(message)


def page(body: str | None = None, head: str = "") -> str:
    """A web page."""
    body = "".join(f"<p>{one}</p>" for one in PROSE) if body is None else body
    return (
        f"<!DOCTYPE html><html><head><title>North pier to reopen</title>{head}</head>"
        f"<body><article><h1>North pier to reopen</h1>{body}</article></body></html>"
    )


def saved_page() -> bytes:
    """A page saved with its pictures in one file, as Chromium does."""
    return (
        "From: <Saved by Blink>\r\nSnapshot-Content-Location: https://post.example/pier\r\n"
        "Subject: North pier\r\nDate: Tue, 4 May 2021 10:11:12 -0000\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/related; type="text/html"; boundary="----PART"\r\n\r\n'
        "------PART\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: 8bit\r\n"
        f"Content-Location: https://post.example/pier\r\n\r\n{page()}\r\n"
        "------PART\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        "iVBORw0KGgo=\r\n------PART--\r\n"
    ).encode()


def everything() -> dict[str, bytes]:
    """One file of each kind, by a name that fits."""
    files = {
        "a.pdf": pdf(),
        "a.docx": word(),
        "a.odt": open_text(),
        "a.epub": book(),
        "a.eml": mail(),
        "a.mhtml": saved_page(),
        "a.html": page().encode(),
    }
    return {**files, "a.zip": zipped(("a.docx", files["a.docx"]), ("news/a.eml", files["a.eml"]))}
