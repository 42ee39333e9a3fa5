"""Bytes are read in the encoding they were written in, or refused."""

import codecs

import pytest

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
CHINESE = "市长周五宣布，停业九个月的咖啡馆将重新开放。一位住在附近的居民说，这让她松了一口气。\n"
POLISH = (
    "Burmistrz oświadczył w piątek, że kawiarnia znów zostanie otwarta po dziewięciu miesiącach."
    " „To wielka ulga” – powiedziała mieszkanka, która śniadała tam codziennie.\n"
)
TURKISH = "Belediye başkanı cuma günü kafenin dokuz ay sonra yeniden açılacağını söyledi.\n"
GREEK = "Ο δήμαρχος ανακοίνωσε την Παρασκευή ότι το καφενείο θα ανοίξει ξανά σε λίγο.\n"
PLAIN = "The ferry to Low Island leaves at six in the morning and comes back at nine at night.\n"


@pytest.mark.parametrize("times", [1, 40])
@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        *((ENGLISH, name) for name in "utf-8 utf-8-sig utf-16 utf-32 cp1252".split()),
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
        (CHINESE, "gb18030"),
        (POLISH, "cp1250"),
        (POLISH.replace("„", '"').replace("”", '"').replace("–", "-"), "iso8859-2"),
        (TURKISH, "cp1254"),
        (GREEK, "cp1253"),
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


@pytest.mark.parametrize(
    "text",
    [
        "L’été à Paris coûte £5. Ça va.",
        "Le maire a déclaré : « Ça suffit ! »",
        "L'università è chiusa perché fa più freddo.",
    ],
)
def test_a_sentence_in_latin_letters_is_not_taken_for_arabic_or_russian(text):
    assert text_of(text.encode("cp1252"), "news.txt") == text


def test_an_accent_far_into_a_long_text_is_read():
    text = PLAIN * 20_000 + ENGLISH + PLAIN * 20_000
    assert text_of(text.encode("cp1252"), "news.txt") == text


def test_a_declared_charset_is_believed_where_it_fits():
    assert text_of("Ł".encode("iso8859-2"), "page.html", declared="iso-8859-2") == "Ł"
    assert text_of("a café".encode("cp1252"), "page.html", declared="no-such") == "a café"
    assert text_of("“café”".encode("cp1252"), "page.html", declared="ISO-8859-1") == "“café”"
    assert text_of(PLAIN.encode("utf-16-le"), "page.html", declared="utf-16-le") == PLAIN


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        bytes(range(32)) * 9,
        codecs.BOM_UTF8[:2] + bytes(range(256)),
        b"{\\rtf1\\ansi A text.}",
    ],
)
def test_bytes_that_are_not_text_are_refused(data):
    with pytest.raises(UnreadableSource) as caught:
        text_of(data, "news.txt")
    assert caught.value.reason == NOT_READ


def test_an_uncertain_encoding_is_refused_with_a_way_to_convert():
    with pytest.raises(UnreadableSource) as caught:
        text_of(b"a\x81\x8d\x8f\x90\x9d" * 9, "news.txt")
    assert str(caught.value) == (
        "news.txt: its character encoding is not certain; save it as UTF-8, for instance with"
        " `iconv -f YOUR-ENCODING -t UTF-8`."
    )


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (KOREAN.encode() * 2 + b"\xec" + PLAIN.encode(), f"{KOREAN * 2}\ufffd{PLAIN}"),
        (PLAIN.encode() * 9 + b"\x81", f"{PLAIN * 9}\ufffd"),
        (PLAIN.encode("utf-16") + b"a", f"{PLAIN}\ufffd"),
        (PLAIN.encode() + b"\0" + PLAIN.encode(), PLAIN * 2),
    ],
)
def test_a_few_damaged_characters_are_replaced_and_nul_bytes_left_out(data, text):
    assert text_of(data, "news.txt") == text
