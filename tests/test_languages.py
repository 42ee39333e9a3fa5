"""Articles in other languages are found by their own words, and their sentences quoted."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from retrieval.index.words import WordIndex
from retrieval.library import Library
from retrieval.models import open_reader
from retrieval.records import Article
from retrieval.search.candidates import FAMILIAR, familiarity, letters_per_token
from retrieval.text.languages import folded, latin_language, words_counted
from retrieval.text.terms import content_terms, gram_terms, terms, terms_in

TONGUES = Path(__file__).parent / "tongues"
"""A set for `quotewise evaluate`: three stories in nine languages each."""

TEXTS = {
    one["id"]: one["text"]
    for one in map(json.loads, (TONGUES / "articles.jsonl").read_text("utf-8").splitlines())
}
ASKED = [
    pytest.param(one["question"], one["answers"][0], id=one["id"])
    for one in map(json.loads, (TONGUES / "questions.jsonl").read_text("utf-8").splitlines())
]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, copies: Path) -> Iterator[Library]:
    """A library with all of these articles."""
    with Library.open(tmp_path_factory.mktemp("tongues"), copies=copies) as library:
        for outcome in library.add(str(TONGUES / "articles.jsonl")):
            assert outcome.reason is None, outcome.reason
        yield library


# -- which language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Who kept the lighthouse?", "english"),
        ("Lighthouse keeper pension", "english"),
        ("The Université de la Côte said that the talks with Le Monde were over.", "english"),
        ("El Niño rainfall 1998", "english"),
        ("Wer hütete den Leuchtturm?", "german"),
        ("Wann ging er in Rente?", "german"),
        ("¿Quién cuidaba el faro?", "spanish"),
        ("Qui gardait le phare et la côte ?", "french"),
        ("Chi è stato il guardiano del faro?", "italian"),
        ("Quem foi o guardião do farol?", "portuguese"),
        ("Wie was de wachter van de vuurtoren?", "dutch"),
        ("Vem var det som skötte fyren och när?", "swedish"),
        ("Kuka oli majakan vartija ja milloin hän oli siellä?", "finnish"),
        ("Deniz feneri ne kadar yüksek ve kim yaptı?", "turkish"),
        ("", "english"),
        ("灯台 маяк منارة", "english"),
    ],
)
def test_function_words_tell_a_language_in_latin_letters_and_english_is_meant_in_doubt(
    text: str, language: str
):
    assert latin_language(text) == language


# -- terms


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Wie viele Häuser brannten?", "Ein Haus brannte, und das ist alles."),
        ("¿Cuándo se jubilaron los fareros?", "El farero se jubiló en la costa."),
        ("¿Qué panadería ganó?", "La panaderia es la que gano en la ciudad."),
        ("Когда смотрителей маяков нашли?", "Смотритель маяка."),
        ("Где ёлка?", "елки стояли"),
        ("متى أُعيدت المدرسة؟", "بالمدرســة"),
        ("أين المدينة؟", "والمدينة"),
        ("Πότε έκλεισαν οι φάροι;", "φάρος φάρου"),
    ],
)
def test_other_forms_and_spellings_of_a_word_are_one_term(one: str, other: str):
    assert content_terms(one) & content_terms(other)


@pytest.mark.parametrize(
    ("written", "term"),
    [
        ("２０２１", "2021"),
        ("١٩٤٩", "1949"),
        ("۱۹۴۹", "1949"),
        ("ＡＢＣ", "abc"),
        ("Cafe\u0301s", "café"),
        ("ﻟﻼﻣﺘﺤﺎن", terms("للامتحان")[0]),
        ("کتاب", terms("كتاب")[0]),
    ],
)
def test_width_form_composition_and_digits_of_another_script_do_not_count(written: str, term: str):
    assert terms(written) == [term]


def test_half_width_katakana_is_katakana():
    assert gram_terms(folded("ｶﾞﾗｽ")) == gram_terms("ガラス") == ["ガラ", "ラス"]


def test_where_no_spaces_stand_pairs_of_characters_are_terms_and_ideographs_alone():
    assert terms("守塔人1988年") == ["1988", "守塔", "塔人", "守", "塔", "人", "年"]
    assert terms("灯台は") == ["灯台", "台は", "灯", "台"]
    assert terms("등대지기는") == ["등대", "대지", "지기", "기는"]
    assert terms("ตั้งแต่") == ["ตั้", "ั้ง", "้งแ", "งแต", "แต่"]


def test_particles_endings_and_words_that_ask_carry_no_meaning():
    assert content_terms("등대지기는 언제 은퇴했나요?") >= {"등대", "대지", "지기", "은퇴"}
    assert "기는" not in content_terms("등대지기는")
    assert content_terms("비가") == {"비", "비가"}  # a stem of one syllable may be half a word
    assert content_terms("언제 누가?") == frozenset()
    assert content_terms("的是谁？") == frozenset()
    assert content_terms("これはどれですか") == frozenset()
    assert content_terms("Wer war das, und wann?") == frozenset()
    assert content_terms("Who was it before that, and since when?") == frozenset()
    assert content_terms("¿Quién fue?") == frozenset()
    assert content_terms("Что это было, и почему?") == frozenset()
    assert content_terms("ما هذا؟") == frozenset()


def test_whether_a_text_has_a_term_is_what_its_own_terms_say():
    text = TEXTS["lighthouse-zh"] + TEXTS["lighthouse-ko"] + "Keepers 2021"
    own = terms(text, "english")
    assert terms_in(text, {*own[:40], "keeper", "别的", "other"}, "english") == {
        *own[:40],
        "keeper",
    }


# -- answers


@pytest.mark.parametrize(("question", "sentence"), ASKED)
def test_the_sentence_that_answers_is_quoted_first(library: Library, question: str, sentence: str):
    answer = library.answer(question)
    first = (*answer.quotes, *answer.closest)[0]
    assert sentence in first.text
    assert first.article.text[first.start : first.end] == first.text


@pytest.mark.parametrize(("question", "sentence"), ASKED)
def test_the_word_index_alone_finds_the_article(library: Library, question: str, sentence: str):
    using = library._models.using()
    (index,) = using.indexes.of(["main"])
    hits = index.hits(question, using.encoder.encode_query(question), 20)
    (best,) = library._catalog.passages([max(hits, key=lambda hit: hit.bm25).passage_id])
    assert sentence in best.article.text


def test_two_words_without_any_grammar_find_another_form_in_a_library_of_many_languages(
    tmp_path: Path,
):
    index = WordIndex(tmp_path / "words")
    texts = ["Ein Haus und zwei Türme sind in der Stadt.", "The tower was in the old town."]
    articles = [Article(str(id), "", text) for id, text in enumerate(texts)]
    index.update(((id, one.text, one) for id, one in enumerate(articles)), [])
    assert list(index.best("Häusern", 5)) == [0]
    assert list(index.best("towers", 5)) == [1]


# -- how well the model knows a language


def test_the_default_reader_knows_english_best_and_other_scripts_least(library: Library):
    tokenizer = open_reader(None, library._home).tokenizer
    letters = {
        id.removeprefix("lighthouse-"): letters_per_token(tokenizer, text)
        for id, text in TEXTS.items()
    }
    english = "The lighthouse of Skerrik was built on a rock after eleven fishermen had drowned."
    assert letters_per_token(tokenizer, english) > FAMILIAR
    assert all(2 < letters[code] < FAMILIAR for code in ("de", "es", "fr"))
    assert all(letters[code] < 2 for code in ("ru", "zh", "ja", "ko", "ar", "th"))


def test_where_nothing_is_found_the_language_counts_as_known(library: Library):
    assert familiarity(open_reader(None, library._home).tokenizer, []) == 1


# -- words counted


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The light went out.", 4),
        ("守塔人于1988年退休。", 1 + round(7 / 1.7)),
        ("등대지기가 은퇴했다.", 2),
        ("ประภาคาร", 2),
        ("تقاعد حارس المنارة.", 3),
        ("", 0),
    ],
)
def test_words_are_counted_where_no_spaces_stand_between_them(text: str, words: int):
    assert words_counted(text) == words


def test_a_long_chinese_text_becomes_terms_in_no_time():
    text = TEXTS["lighthouse-zh"] * 500
    started = time.process_time()
    terms(text)
    assert time.process_time() - started < 1  # it takes 20 ms
