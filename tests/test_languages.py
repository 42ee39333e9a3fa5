"""Articles in other languages are found by their own words, and their sentences quoted."""

import json
from pathlib import Path

import pytest
from article_library import shared_library

from retrieval.text.languages import latin_language
from retrieval.text.terms import content_terms, terms

TONGUES = Path(__file__).parent / "tongues"
"""A set for `quotewise evaluate`: three stories in nine languages each."""

ASKED = [
    pytest.param(one["question"], one["answers"][0], id=one["id"])
    for one in map(json.loads, (TONGUES / "questions.jsonl").read_text("utf-8").splitlines())
]


articles = (TONGUES / "articles.jsonl").read_text("utf-8").splitlines()
library = shared_library(*map(json.loads, articles))


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Who kept the lighthouse?", "english"),
        ("El Niño rainfall 1998", "english"),
        ("Wer hütete den Leuchtturm?", "german"),
        ("Qui gardait le phare et la côte ?", "french"),
        ("灯台 маяк منارة", "english"),
    ],
)
def test_function_words_decide_the_language_and_english_is_the_default(text, language):
    assert latin_language(text) == language


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Wie viele Häuser brannten?", "Ein Haus brannte, und das ist alles."),
        ("¿Cuándo se jubilaron los fareros?", "El farero se jubiló en la costa."),
        ("Когда смотрителей маяков нашли?", "Смотритель маяка."),
        ("Где ёлка?", "елки стояли"),
        ("متى أُعيدت المدرسة؟", "بالمدرســة"),
        ("Πότε έκλεισαν οι φάροι;", "φάρος φάρου"),
    ],
)
def test_other_forms_and_spellings_of_a_word_are_one_term(one, other):
    assert content_terms(one) & content_terms(other)


def test_without_spaces_terms_are_pairs_of_characters_and_single_ideographs():
    assert terms("守塔人1988年") == ["1988", "守塔", "塔人", "守", "塔", "人", "年"]
    assert terms("灯台は") == ["灯台", "台は", "灯", "台"]
    assert terms("등대지기는") == ["등대", "대지", "지기", "기는"]
    assert terms("ตั้งแต่") == ["ตั้", "ั้ง", "้งแ", "งแต", "แต่"]


@pytest.mark.parametrize(("question", "sentence"), ASKED)
def test_the_sentence_that_answers_is_quoted_first(library, question, sentence):
    answer = library.answer(question)
    first = (*answer.quotes, *answer.closest)[0]
    assert sentence in first.text
    assert first.article.text[first.start : first.end] == first.text
