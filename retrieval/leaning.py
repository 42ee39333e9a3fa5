"""Sentences that lean on their neighbours: a quotation that runs on, a pronoun that points back."""

from __future__ import annotations

import re

from retrieval.languages import ENGLISH, latin_language

# A German quotation ends with the mark with which an English one begins.
_ENDS_GERMAN = r"(?<=[\w.!?…,’])“(?![\w$€£…])"
OPENING = re.compile(rf"[„«「『]|(?!{_ENDS_GERMAN})“|(?<!\S)[\"](?=\S)")
CLOSING = re.compile(rf"[”»」』]|{_ENDS_GERMAN}|(?<=\S)[\"](?!\w)")

_BEFORE = r"[\"“„«「『‘'(]*"
_ENGLISH = re.compile(
    rf"{_BEFORE}(?:He|She|It|They|His|Her|Their|Its|This|That|These|Those|Both|Neither|"
    r"The (?:latter|former|two))\b(?!['’]s\b)"
)
_LATIN = {
    language: re.compile(rf"{_BEFORE}(?:{words})\b")
    for language, words in {
        "german": "Er|Sie|Es|Ihre?|Seine?|Dies|Diese[rs]?|Beide|Jene[rs]?",
        "spanish": "Él|Ella|Ello|Ellos|Ellas|Éste|Ésta|Este|Esta|Esto|Estos|Estas|Ambos|Ambas|Sus?",
        "french": "Il|Elle|Ils|Elles|Ce|Cet|Cette|Ces|Celui-ci|Celle-ci|Son|Sa|Ses|Leurs?",
        "italian": "Egli|Ella|Lui|Lei|Essi|Esse|Loro|Questo|Questa|Questi|Queste|Entrambi",
        "portuguese": "Ele|Ela|Eles|Elas|Este|Esta|Estes|Estas|Isso|Isto|Ambos|Ambas|Seu|Sua",
        "dutch": "Hij|Zij|Ze|Het|Dit|Deze|Beide|Hun|Zijn|Haar",
        "swedish": "Han|Hon|De|Det|Den|Detta|Denna|Dessa|Båda|Hans|Hennes|Deras",
        "danish": "Han|Hun|De|Det|Den|Dette|Denne|Disse|Begge|Hans|Hendes|Deres",
        "norwegian": "Han|Hun|De|Det|Den|Dette|Denne|Disse|Begge|Hans|Hennes|Deres",
    }.items()
}
_OTHER_SCRIPTS = re.compile(
    rf"{_BEFORE}(?:(?:Он|Она|Оно|Они|Его|Её|Ее|Их|Это|Этот|Эта|Эти|Оба|Обе|هو|هي|هم|وهو|وهي|هذا|هذه|"
    r"ذلك|تلك|وكان|وكانت|وقال|وقالت|그는|그녀는|그들은|그의|그녀의|이는|이것은|두 사람은)\b|"
    r"[他她它]|这[^里裡]|這[^裡里]|该|該|两者|兩者|彼[はがのをに女ら]|これ|それ|この[^た]|その)"
)
_LATIN_LETTER = re.compile("[A-Za-z\u00c0-\u024f]")


def opens_more(text: str) -> bool:
    """Whether a quotation begins in a text and does not end in it."""
    return len(OPENING.findall(text)) > len(CLOSING.findall(text))


def closes_more(text: str) -> bool:
    """Whether a quotation ends in a text that did not begin in it."""
    return len(CLOSING.findall(text)) > len(OPENING.findall(text))


def refers_back(text: str) -> bool:
    """Whether a text begins with a word for somebody or something told of before it."""
    if _ENGLISH.match(text):
        return True
    if not _LATIN_LETTER.match(text.lstrip("\"“„«‘'(")):
        return _OTHER_SCRIPTS.match(text) is not None
    language = latin_language(text)
    pattern = _LATIN.get(language)
    return language != ENGLISH and pattern is not None and pattern.match(text) is not None
