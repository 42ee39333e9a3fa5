"""Paragraphs and sentences are offsets into the text, and lose none of it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.records import Span
from retrieval.text.segmentation import paragraphs, sentences


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text, Span(0, len(text)))]


def marked(text: str) -> tuple[str, list[str]]:
    """A text whose sentences are written with a bar between them."""
    return text.replace("|", ""), [sentence.strip() for sentence in text.split("|")]


@pytest.mark.parametrize("separator", ["\n\n", "\r\n\r\n", "\n \t\n", "\u2029"])
def test_blank_lines_and_paragraph_separators_end_a_paragraph(separator):
    text = f"One line.{separator}Another."
    assert [text[a:b] for a, b in paragraphs(text)] == ["One line.", "Another."]


@pytest.mark.parametrize("line_break", ["\r\n", "\u2028", "\n\f"])
def test_a_line_break_alone_does_not_end_a_paragraph(line_break):
    text = f"One line.{line_break}Another."
    expected = [text] if line_break != "\n\f" else ["One line.", "Another."]
    assert [text[a:b] for a, b in paragraphs(text)] == expected


@pytest.mark.parametrize(
    "text",
    [
        "U.S. Secretary of State Dana Whitlow arrived on Monday. |She left the next day.",
        "Gen. Smith and Lt. Col. Ada Brown met the mayor. |Gov. Ruiz did not.",
        "The vote starts at 6 p.m. on Monday. |The plane left at 5 p.m. |The crew slept.",
        "They had never lived outside the U.S. |The next year they moved.",
        "SEOUL, Oct. 7 (AP) — South Korea would send envoys. |The North did not reply.",
        "He posted a photo saying; “We go on.” |Later he said; “Today is a good day.”",
        "Sen. Cole, R-Maine, wrote the bill. |The senator (R-Calif.) Monday signed it.",
        "Three people died... |Two more are missing. |It was, well ... complicated.",
        "The pier is open 🎉 |The ferry leaves at six.",
    ],
)
def test_news_is_split_at_sentence_ends_alone(text):
    assert split(marked(text)[0]) == marked(text)[1]


@pytest.mark.parametrize(
    "text",
    [
        '"It\'s over." |The crowd went home.',
        "‘We are ready,’ the captain said. |‘We always were.’ |He left.",
        "He asked, “Who is in charge?” |Nobody answered.",
        "« Nous sommes prêts. » |Il est parti.",
    ],
)
def test_a_closing_quotation_mark_stays_with_its_sentence(text):
    assert split(marked(text)[0]) == marked(text)[1]


@pytest.mark.parametrize("quote", ["“Why?”", "“Stop!”"])
@pytest.mark.parametrize("speaker", ["he asked.", "Ms. Park asked."])
def test_a_question_in_quotation_marks_stays_with_its_speaker(quote, speaker):
    assert split(f"{quote} {speaker} Nobody knew.") == [f"{quote} {speaker}", "Nobody knew."]


# --- line breaks


def test_a_hard_wrapped_line_goes_on():
    text = (
        "The council voted on Tuesday to close the bridge for repairs,\n"
        "which the mayor said would take at least two years and cost\r\n"
        "Ms. Lee's office $40 million. Residents of the old town were\n"
        "not asked."
    )
    assert split(text) == [text[:152], text[153:]]
    assert text[150:155] == "n. Re"


@pytest.mark.parametrize("bullet", ["-", "•", "1.", "(3)"])
def test_each_item_of_a_list_is_a_sentence(bullet):
    lines = ["The plan has parts:", f"{bullet} cut taxes", f"{bullet} build roads for Mr. Lee"]
    assert split("\n".join(lines)) == lines


@pytest.mark.parametrize(
    "text",
    [
        "会谈于星期日举行。|双方同意再次会面！|谁会参加？|目前还不清楚。",
        "首相は日曜日に会談した。|「準備はできている。」と彼は述べた。|株価は3.5％上昇した！|なぜ？",
        "장관은 일요일 서울에서 회담을 가졌다. |물가는 3.5% 올랐다. |왜 그런가?",
        "وصل الوزير إلى القاهرة يوم الأحد. |متى يعود؟ |لم يعلن المكتب عن ذلك.",
        "Он прибыл в 2018 г. и встретился с мэром. |«Мы готовы», — сказал он.",
        "Er traf am 3. Oktober mit dem Minister ein. |Im 20. Jahrhundert war das z. B. nicht so.",
        "El Sr. Gómez llegó el lunes. |¿Cuándo vuelve? |¡Nadie lo sabe!",
        "M. Dupont est arrivé. |« Nous sommes prêts », a-t-il dit.",
    ],
)
def test_other_languages_end_their_sentences_in_their_own_way(text):
    assert split(marked(text)[0]) == marked(text)[1]


ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
PROSE = st.lists(
    st.sampled_from(
        [
            *".!?…。？؟,;:\"'“”‘’«»「」()[]-•\n\r\t\u2028\u2029\f\u3000\u200b\u200f家とÉß$",
            *("\n\n", "\r\n", " ", " ", "``", "''", "1.", "U.S.", "Ms.", "p.m.", "EST", "said"),
            *("He", "left", "und", "der", "שלום", "Привет", "🇰🇷", "👩\u200d🚀", "e\u0301", "10"),
        ]
    ),
    max_size=80,
).map("".join)


@given(ANY | PROSE)
def test_paragraphs_and_sentences_lose_nothing_but_white_space(text):
    covered = [False] * len(text)
    reached = 0
    for paragraph in paragraphs(text):
        assert reached <= paragraph.start
        reached = paragraph.start
        for start, end in sentences(text, paragraph):
            assert reached <= start < end <= paragraph.end
            assert text[start:end] == text[start:end].strip()
            covered[start:end] = [True] * (end - start)
            reached = end
        assert reached == paragraph.end
    assert all(seen or character.isspace() for seen, character in zip(covered, text, strict=True))


def processor_time(text: str) -> float:
    """Seconds of processor time to split `text`, the better of two turns."""
    turns = []
    for _ in range(2):
        started = time.process_time()
        for paragraph in paragraphs(text):
            sentences(text, paragraph)
        turns.append(time.process_time() - started)
    return min(turns)


@pytest.mark.parametrize(
    ("before", "piece", "after"),
    [
        ("", "word ", ""),
        ("", "He ran. ", ""),
        ("", "“", ""),
        ("", "(a.) ", ""),
        ("A.", "     ", "B."),
    ],
)
def test_time_grows_with_the_length_alone(before, piece, after):
    """Eight times the text takes about eight times as long, where a square would take 64 times."""
    short, long = (before + piece * pieces + after for pieces in (8_000, 64_000))
    assert processor_time(long) < 24 * processor_time(short) + 0.1


def test_a_space_between_long_clauses_ends_a_thai_sentence_but_no_name():
    text = (
        "นายสมชาย ใจดี รัฐมนตรีว่าการกระทรวงการคลัง กล่าวว่า รัฐบาลจะลดภาษีน้ำมันในเดือนหน้า "
        "|ประชาชนส่วนใหญ่เห็นด้วยกับมาตรการนี้"
    )
    assert split(marked(text)[0]) == marked(text)[1]


@pytest.mark.parametrize(
    "sentence",
    [
        "The data stand in Vol. 4 of J. Chem. Phys. of last year.",
        "The mayor wrote to Com. & Adm. about the pier.",
        "Approx. 30 gulls were counted, incl. Mr. Rude's own.",
        "“码头很旧。必须修好。”市长说。",
    ],
)
def test_shortened_words_and_verbs_of_saying_go_on(sentence):
    assert split(sentence) == [sentence]
