"""Articles in other languages are found by their own words, and their sentences quoted."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from retrieval.encoder import Encoder
from retrieval.grams import gram_terms, grams
from retrieval.languages import latin_language
from retrieval.leaning import closes_more, opens_more, refers_back
from retrieval.library import Library
from retrieval.overlap import familiarity
from retrieval.records import Article
from retrieval.scripts import folded, words_counted
from retrieval.words import WordIndex, content_terms, content_words, shared_words, terms, terms_in

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
    assert content_terms("언제 누가?") == frozenset()
    assert content_terms("的是谁？") == frozenset()
    assert content_terms("これはどれですか") == frozenset()
    assert content_terms("Wer war das, und wann?") == frozenset()
    assert content_terms("¿Quién fue?") == frozenset()
    assert content_terms("Что это было, и почему?") == frozenset()
    assert content_terms("ما هذا؟") == frozenset()


def test_a_stem_of_one_syllable_is_a_term_beside_the_whole_word():
    assert [(one.term, one.content) for one in grams("비가")] == [("비가", True), ("비", True)]


def test_whether_a_text_has_a_term_is_what_its_own_terms_say():
    text = TEXTS["lighthouse-zh"] + TEXTS["lighthouse-ko"] + "Keepers 2021"
    own = terms(text, "english")
    assert terms_in(text, {*own[:40], "keeper", "别的", "other"}, "english") == {
        *own[:40],
        "keeper",
    }


# -- marks


@pytest.mark.parametrize(
    ("question", "text", "marked"),
    [
        ("守塔人哪一年退休？", "最后一位守塔人于1988年退休。", ["守塔人", "年退休"]),
        ("灯台守はいつ引退しましたか", "灯台守は1988年に引退した。", ["灯台守", "引退し"]),
        ("등대지기는 언제 은퇴했나요?", "등대지기가 1988년에 은퇴했다.", ["등대지기", "은퇴했"]),
        ("متى تقاعد حارس المنارة؟", "تقاعَدَ آخر حارس للمنارة.", ["تقاعَدَ", "حارس", "للمنارة"]),
        ("Was geschah ２０２１?", "Das war im Jahr 2021 so.", ["2021"]),
        ("灯台 2021", "灯台は２０２１年に", ["灯台", "２０２１"]),
        ("ガラスの灯台", "ｶﾞﾗｽの灯台", ["ｶﾞﾗｽの灯台"]),
        ("Häuser in Rente", "Ein Haus ist in der Stadt, und die Rente.", ["Haus", "Rente"]),
    ],
)
def test_shared_words_are_marked_where_they_stand(question: str, text: str, marked: list[str]):
    assert [text[start:end] for start, end in shared_words(question, text)] == marked


def test_words_of_a_question_that_ask_weigh_less_in_their_own_language():
    question = "Wann ging der letzte Wärter in Rente?"
    assert [question[a:b] for a, b in content_words(question)] == [
        "ging",
        "letzte",
        "Wärter",
        "Rente",
    ]


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


def test_the_default_model_knows_english_best_and_chinese_least(library: Library):
    encoder: Encoder = library._models.using().encoder
    known = {
        id.removeprefix("lighthouse-"): familiarity([encoder.letters_per_token(text)])
        for id, text in TEXTS.items()
    }
    english = "The lighthouse of Skerrik was built on a rock after eleven fishermen had drowned."
    assert familiarity([encoder.letters_per_token(english)]) == 1
    assert all(0.3 < known[code] < 1 for code in ("de", "es", "fr"))
    assert all(known[code] < 0.5 for code in ("ru", "zh", "ja", "ko", "ar", "th"))


def test_where_nothing_is_found_the_language_counts_as_known():
    assert familiarity([]) == 1


# -- sentences that lean on others


@pytest.mark.parametrize(
    "text",
    [
        "Er ging in Rente, und das war 1988.",
        "Ella se jubiló en la costa.",
        "Elle a pris sa retraite dans la ville.",
        "Он ушёл на пенсию.",
        "他于1988年退休。",
        "彼は引退した。",
        "그는 은퇴했다.",
        "هو تقاعد.",
    ],
)
def test_a_sentence_that_begins_with_a_pronoun_refers_back(text: str):
    assert refers_back(text)


@pytest.mark.parametrize(
    "text",
    [
        "Es decir, el faro de la costa es alto.",
        "Il guardiano del faro è in pensione.",
        "Die Fischer sind auf der See.",
        "说：他们很好。",
        "Онора ушла.",
        "までに三人が来た。",
    ],
)
def test_a_sentence_that_begins_with_another_word_does_not(text: str):
    assert not refers_back(text)


def test_a_german_quotation_ends_with_the_mark_that_begins_an_english_one():
    assert not opens_more("Brenn sagte: „Das Licht brennt.“ Dann ging er.")
    assert opens_more("Brenn sagte: „Das Licht brennt.")
    assert closes_more("Es brennt immer.“")
    assert opens_more("Brenn said: “The light is on.")
    assert not opens_more("「灯りはついている。」と彼は言った。")


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
