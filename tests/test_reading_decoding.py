"""Bytes are read in the encoding they were written in, or refused."""

import pytest
from article_library import refusal

from retrieval.errors import UnreadableSource
from retrieval.sources.source import NOT_READ, text_of

ENGLISH = (
    "The mayor’s café reopened on Friday after a nine-month closure — “a relief,” said Zoë Calder,"
    " 41, who runs the naïve-art gallery next door. Prices rose by £2, the council’s report says.\n"
)
FRENCH = (
    "Le maire a déclaré vendredi que le café rouvrirait ses portes après neuf mois. « C'est un"
    " soulagement », a confié une habitante âgée de 41 ans, déjà attablée près de la fenêtre.\n"
)
RUSSIAN = (
    'Мэр города заявил в пятницу, что кафе вновь откроется после девяти месяцев простоя. "Это'
    ' большое облегчение", - сказала жительница соседнего дома.\n'
)
POLISH = (
    "Burmistrz oświadczył w piątek, że kawiarnia znów zostanie otwarta po dziewięciu miesiącach."
    " „To wielka ulga” – powiedziała mieszkanka, która śniadała tam codziennie.\n"
)
KOREAN = "시장은 금요일에 아홉 달 동안 문을 닫았던 카페가 다시 문을 연다고 밝혔다.\n"
JAPANESE = "市長は金曜日、九か月にわたって閉店していたカフェが再開すると発表した。住民は喜んだ。\n"
CHINESE = "市长周五宣布，停业九个月的咖啡馆将重新开放。一位住在附近的居民说，这让她松了一口气。\n"
PLAIN = "The ferry to Low Island leaves at six in the morning and comes back at nine at night.\n"


@pytest.mark.parametrize("times", [1, 40])
@pytest.mark.parametrize(
    ("text", "encodings"),
    [
        (ENGLISH, "utf-8 utf-8-sig utf-16 utf-32 cp1252"),
        (FRENCH, "cp1252 latin-1"),
        (RUSSIAN, "cp1251 koi8-r utf-16"),
        (POLISH, "cp1250"),
        (KOREAN, "euc-kr"),
        (JAPANESE, "shift-jis euc-jp"),
        (CHINESE, "gb18030"),
        (PLAIN * 20 + "Zoë paid £5.", "cp1252"),
    ],
)
def test_news_is_read_in_its_encoding(text, encodings, times):
    for encoding in encodings.split():
        assert text_of((text * times).encode(encoding), "news.txt") == text * times


def test_no_declared_charset_gives_half_a_character():
    text_of(b"caf\xe9 \\ud800", "page.txt", declared="unicode_escape").encode()


def test_a_declared_charset_is_believed_where_it_fits():
    assert text_of("Ł".encode("iso8859-2"), "page.html", declared="iso-8859-2") == "Ł"
    assert text_of("a café".encode("cp1252"), "page.html", declared="no-such") == "a café"
    assert text_of("“café”".encode("cp1252"), "page.html", declared="ISO-8859-1") == "“café”"


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"{\\rtf1\\ansi A text.}"])
def test_bytes_that_are_no_text_are_refused(data):
    with pytest.raises(UnreadableSource) as caught:
        text_of(data, "news.txt")
    assert caught.value.reason == NOT_READ


def test_an_uncertain_encoding_is_refused_with_a_way_to_convert():
    assert refusal(text_of, b"a\x81\x8d\x8f\x90\x9d" * 9, "news.txt") == (
        "news.txt: its character encoding is not certain; save it as UTF-8, for instance with"
        " `iconv -f YOUR-ENCODING -t UTF-8`."
    )


def test_a_few_damaged_characters_are_replaced_and_nul_bytes_left_out():
    damaged = KOREAN.encode() * 2 + b"\xec" + PLAIN.encode() + b"\0" + PLAIN.encode()
    assert text_of(damaged, "news.txt") == f"{KOREAN * 2}\ufffd{PLAIN * 2}"
