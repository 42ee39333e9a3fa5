"""Bytes are read in the encoding they were written in, or refused."""

import codecs

import pytest

from retrieval.errors import UnreadableSource
from retrieval.reading.decoding import text_of

ENGLISH = (
    "The mayor’s café reopened on Friday after a nine-month closure — “a relief,” said Zoë Calder,"
    " 41, who runs the naïve-art gallery next door. Prices rose by £2, the council’s report says.\n"
)
FRENCH = (
    "Le maire a déclaré vendredi que le café rouvrirait ses portes après neuf mois. « C'est un"
    " soulagement », a confié une habitante âgée de 41 ans, déjà attablée près de la fenêtre.\n"
)
GERMAN = (
    "Der Bürgermeister erklärte am Freitag, das Café öffne nach neun Monaten Schließung wieder."
    " Für die Anwohner sei das eine große Erleichterung, sagte eine Frau.\n"
)
RUSSIAN = (
    "Мэр города заявил в пятницу, что кафе вновь откроется после девяти месяцев простоя. «Это"
    " большое облегчение», - сказала жительница соседнего дома.\n"
)
KOREAN = (
    "시장은 금요일에 아홉 달 동안 문을 닫았던 카페가 다시 문을 연다고 밝혔다. 이웃 주민은 큰"
    " 위안이라고 말했다. 가격은 이천 원 올랐다.\n"
)
JAPANESE = "市長は金曜日、九か月にわたって閉店していたカフェが再開すると発表した。住民は喜んだ。\n"
POLISH = (
    "Burmistrz oświadczył w piątek, że kawiarnia znów zostanie otwarta po dziewięciu miesiącach."
    " „To wielka ulga” – powiedziała mieszkanka, która śniadała tam codziennie.\n"
)
PLAIN = "The ferry to Low Island leaves at six in the morning and comes back at nine at night.\n"


@pytest.mark.parametrize("times", [1, 40])
@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (ENGLISH, "utf-8"),
        (ENGLISH, "utf-8-sig"),
        (ENGLISH, "utf-16"),
        (ENGLISH, "utf-32"),
        (ENGLISH, "cp1252"),
        (FRENCH, "cp1252"),
        (FRENCH, "latin-1"),
        (GERMAN, "latin-1"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN.replace("«", '"').replace("»", '"'), "koi8-r"),
        (RUSSIAN, "utf-16"),
        (KOREAN, "euc-kr"),
        (KOREAN, "utf-16"),
        (JAPANESE, "shift-jis"),
        (JAPANESE, "euc-jp"),
        (POLISH, "cp1250"),
    ],
)
def test_news_is_read_in_its_encoding(text, encoding, times):
    assert text_of((text * times).encode(encoding), "news.txt") == text * times


@pytest.mark.parametrize(
    "accented", ["Zoë paid £5.", "A café.", "It cost 5 € – “fine”.", "5°C ± 2"]
)
def test_one_accent_in_english_is_windows_1252(accented):
    text = PLAIN * 5 + accented
    assert text_of(text.encode("cp1252"), "news.txt") == text


def test_an_accent_far_into_a_long_text_is_read():
    text = PLAIN * 20_000 + ENGLISH + PLAIN * 20_000
    assert text_of(text.encode("cp1252"), "news.txt") == text


def test_utf_16_needs_no_mark():
    for encoding in ("utf-16-le", "utf-16-be"):
        assert text_of(PLAIN.encode(encoding), "news.txt") == PLAIN


def test_a_declared_charset_is_believed_where_it_fits():
    assert text_of("Ł".encode("iso8859-2"), "page.html", declared="iso-8859-2") == "Ł"
    assert text_of("a café".encode("cp1252"), "page.html", declared="no-such") == "a café"
    assert text_of("“café”".encode("cp1252"), "page.html", declared="ISO-8859-1") == "“café”"


def refused(data: bytes) -> str:
    with pytest.raises(UnreadableSource) as caught:
        text_of(data, "news.txt")
    return str(caught.value)


def test_an_image_renamed_to_txt_is_refused_by_name():
    assert refused(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR") == (
        "news.txt: this is a PNG image, not text; save it as text, web page, Markdown or JSON Lines"
        " and add that file."
    )


def test_bytes_that_are_no_text_are_refused():
    assert refused(bytes(range(1, 32)) * 9).startswith("news.txt: this is a binary file")


def test_an_encoding_that_cannot_be_told_is_refused_with_a_way_to_convert():
    assert refused("Привет".encode("cp1251")) == (
        "news.txt: its character encoding cannot be told with confidence; save it as UTF-8, for"
        " instance with `iconv -f YOUR-ENCODING -t UTF-8`."
    )
    assert "cannot be told" in refused(b"a\x81\x8d\x8f\x90\x9d" * 9)


def test_a_few_damaged_characters_are_replaced():
    damaged = KOREAN.encode() * 2 + b"\xec" + PLAIN.encode()
    assert text_of(damaged, "news.txt") == f"{KOREAN * 2}\ufffd{PLAIN}"
    assert text_of(PLAIN.encode() * 9 + b"\x81", "news.txt") == f"{PLAIN * 9}\ufffd"


def test_a_nul_byte_is_left_out():
    assert text_of(PLAIN.encode() + b"\0" + PLAIN.encode(), "news.txt") == PLAIN * 2


def test_damaged_utf_16_is_refused():
    assert refused(codecs.BOM_UTF16_LE + b"abc").startswith("news.txt: this begins as UTF-16 text")
