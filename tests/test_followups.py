"""What a question is taken for after the turns before it, and which questions stand by themselves.

The last part asks a library: what was told yields, and a new subject is answered as if alone.
"""

from __future__ import annotations

import pytest
from shelf import BAKERY, GLACIER, HARBOUR, add

from retrieval import Turn, conversing
from retrieval.followups import completed

FLEW = Turn("Who flew to Osan?", "Kim Min-su flew to Osan on Monday.")
SAID = Turn("What did Loach say about the bridge?")
SOLD = Turn("How many loaves did the bakery sell in 2019?")
MILL = Turn("What is planned for the old mill?")
AGAINST = Turn("And who is against it?")
WAGTAIL = Turn("When did the Grey Wagtail hit the pier?")


def taken_for(question: str, *earlier: Turn) -> str | None:
    found = completed(question, earlier)
    return found.text if found else None


@pytest.mark.parametrize(
    ("question", "earlier", "meant"),
    [
        ("And when did he land?", [FLEW], "When did Kim Min-su land?"),
        ("When did he land in Osan?", [FLEW], "When did Kim Min-su land in Osan?"),
        ("What did his wife say?", [FLEW], "What did Kim Min-su’s wife say?"),
        (
            "What position did she have?",
            [Turn("Who is Ida Berg?")],
            "What position did Ida Berg have?",
        ),
        ("When was it built?", [WAGTAIL], "When was the Grey Wagtail built?"),
        ("Did they agree?", [Turn("Who is in the Kelm Council?")], "Did the Kelm Council agree?"),
        ("Who told her?", [Turn("When did Ms. Berg leave?")], "Who told Ms. Berg?"),
        ("Its captain?", [WAGTAIL], "The Grey Wagtail’s captain?"),
        ("When and where did he land?", [FLEW], "When and where did Kim Min-su land?"),
        (
            "What is a part of their plan?",
            [Turn("Who is in the Kelm Council?")],
            "What is a part of the Kelm Council’s plan?",
        ),
    ],
)
def test_a_pronoun_becomes_the_name_that_it_stands_for(question, earlier, meant):
    assert taken_for(question, *earlier) == meant


def test_a_turn_without_a_question_is_passed_over():
    assert taken_for("When did he land?", Turn(" ")) is None
    assert taken_for("When did he land?", FLEW, Turn("")) == "When did Kim Min-su land?"


def test_a_pronoun_means_a_person_or_a_thing_as_its_kind_is():
    met = Turn("Where did Olaf Brenn see the Grey Wagtail?")
    assert taken_for("What did he do?", met) == "What did Olaf Brenn do?"
    assert taken_for("What did it do?", met) == "What did the Grey Wagtail do?"


def test_he_and_she_are_told_apart_where_the_text_says_which_is_which():
    met = Turn("Who runs the mill?", "Ida Holm runs the mill with Jon Brand. Mrs. Holm bakes.")
    bakes = Turn("Who bakes?", "Ines Moller does. She bakes with Mr. Tull, who keeps the oven.")
    assert taken_for("When did he come?", bakes) == "When did Mr. Tull come?"
    assert taken_for("When did she come?", bakes) == "When did Ines Moller come?"
    assert taken_for("When did she come?", met) == "When did Mrs. Holm come?"


def test_the_last_one_spoken_of_is_meant_and_not_an_earlier_one():
    earlier = [Turn("Who is Ida Berg?"), Turn("When was Petra Hallin born?")]
    assert taken_for("When did she leave?", *earlier) == "When did Petra Hallin leave?"


def test_earlier_questions_may_be_given_as_they_were_asked():
    earlier = [Turn("Who is Ida Berg?"), Turn("Did she win?", "She won in Osan."), Turn("Why?")]
    assert taken_for("Where was she born?", *earlier) == "Where was Ida Berg born?"


@pytest.mark.parametrize(
    ("question", "earlier", "meant"),
    [
        ("What about Moon?", [SAID], "What did Moon say about the bridge?"),
        ("what about Moon", [SAID], "What did Moon say about the bridge?"),
        ("And Moon?", [SAID], "What did Moon say about the bridge?"),
        ("How about Moon's wife?", [SAID], "What did Moon's wife say about the bridge?"),
        ("And in 2020?", [SOLD], "How many loaves did the bakery sell in 2020?"),
        ("And in Lund?", [SOLD], "How many loaves did the bakery sell in 2019 in Lund?"),
        ("And in Lund?", [Turn("What is a fare in Orle?")], "What is a fare in Lund?"),
        ("And in Lund?", [Turn("In Orle, what is a fare?")], "In Lund, what is a fare?"),
        (
            "And according to The Lamp?",
            [MILL],
            "What is planned for the old mill according to The Lamp?",
        ),
        (
            "And according to The Lamp?",
            [Turn("According to The Kelm Post, what is planned for the old mill?")],
            "According to The Lamp, what is planned for the old mill?",
        ),
        ("And on Friday?", [MILL], "What is planned for the old mill on Friday?"),
        ("What about the roof?", [SAID], "What did Loach say about the bridge? The roof?"),
    ],
)
def test_what_is_asked_about_takes_the_place_of_its_like(question, earlier, meant):
    assert taken_for(question, *earlier) == meant


@pytest.mark.parametrize(
    ("question", "earlier", "meant"),
    [
        ("why?", [FLEW], "Who flew to Osan? why?"),
        ("Why not?", [SAID], "What did Loach say about the bridge? Why not?"),
        ("Who paid?", [MILL], "What is planned for the old mill? Who paid?"),
        ("And who is against it?", [MILL], "What is planned for the old mill? Who is against it?"),
        (
            "What happened after that?",
            [MILL],
            "What is planned for the old mill? What happened after that?",
        ),
        ("Tell me more", [MILL], "What is planned for the old mill? Tell me more"),
        ("Was it kept?", [Turn("Sven Holm", "The old mill")], "Was Sven Holm kept?"),
    ],
)
def test_what_names_nothing_is_asked_after_the_question_before(question, earlier, meant):
    assert taken_for(question, *earlier) == meant


def test_a_chain_of_follow_ups_does_not_grow():
    turns, last = [MILL, AGAINST], ""
    for question in ["Why?", "Why?", "Since when?", "Why?"]:
        last = taken_for(question, *turns)
        turns.append(Turn(last, settled=True))
    assert last == "What is planned for the old mill? Who is against it? Why?"


def test_they_are_not_one_person_whose_sex_is_known():
    hives = Turn("How many hives does Ms. Berg have left?")
    assert taken_for("Why did they die?", hives) == f"{hives.question} Why did they die?"


@pytest.mark.parametrize(
    "remark", ["hello", "Hi there", "?", "ok", "Thanks a lot!", "good morning."]
)
def test_nothing_builds_on_a_greeting(remark):
    assert taken_for("Who paid?", Turn(remark)) is None
    assert taken_for("Who paid?", WAGTAIL, Turn(remark)) == taken_for("Who paid?", WAGTAIL)


def test_another_subject_without_a_name_is_not_reached_past():
    dam = Turn("What was the 28-foot dam built to power?", settled=True)
    meant = "What was the 28-foot dam built to power? What did removing it cost?"
    assert taken_for("And what did removing it cost?", WAGTAIL, dam) == meant
    assert taken_for("When did he leave?", FLEW, dam) == f"{dam.question} When did he leave?"


def test_a_heading_is_what_a_conversation_is_about():
    heading = Turn("Kelm (town)", "Schools and roads")
    assert taken_for("When was it founded?", heading) == "When was Kelm founded?"
    assert taken_for("Any other schools?", heading) == "Kelm: Any other schools?"


def test_a_part_of_a_name_becomes_the_whole_name():
    turn = Turn("Who is Brendan Loach?")
    assert taken_for("What did Loach say?", turn) == "What did Brendan Loach say?"


@pytest.mark.parametrize(
    "question",
    [
        "What is it like to live in Oslo?",
        "Is it true that the bridge at Kelm fell?",
        "Who saved the school when it was to close?",
        "Who rescued Mount Carrow when it was about to close?",
        "What did the mayor say about their plan?",
        "Did Fenwick sell his boat?",
        "who were the dockers and what did they want",
        "Who is Loach?",
        "What did Fenwick say?",
        "Which bridge over the river was closed to lorries on a Friday?",
        "thanks!",
        "Thank you.",
        "🐝",
        "?",
    ],
)
def test_a_question_that_says_what_it_is_about_is_left_as_it_is(question):
    assert completed(question, [FLEW, WAGTAIL]) is None


def test_without_earlier_turns_every_question_is_left_as_it_is():
    assert completed("And when did he land?", []) is None
    assert completed("Why?", [Turn("Thanks!")]) is None


@pytest.mark.parametrize(
    ("question", "certain"),
    [
        ("When did he land?", True),
        ("Why?", True),
        ("When does the library close?", False),  # it may be another subject
        ("And when does the library close?", False),
        ("What did the baker in Lund say to him about the price of rye?", False),
    ],
)
def test_only_what_cannot_be_asked_by_itself_is_certain_to_build_on_another(question, certain):
    found = completed(question, [FLEW])
    assert found is not None
    assert found.certain == certain


# -- asked of a library


@pytest.fixture
def shelf(library, tmp_path):
    add(library, tmp_path, HARBOUR, BAKERY, GLACIER)
    return library


def test_a_follow_up_is_answered_as_it_was_understood(shelf):
    first = shelf.answer("Who is Ines Moller?")
    answer = shelf.answer(
        "How many loaves does she bake a night?", earlier=[conversing.turn(first)]
    )
    assert answer.question == "How many loaves does she bake a night?"
    assert answer.understood == "How many loaves does Ines Moller bake a night?"
    assert "She bakes 300 loaves a night." in answer.shown[0].text


def test_a_new_subject_is_answered_as_if_it_had_been_asked_alone(shelf):
    first = shelf.answer("Who is Ines Moller?")
    for question in [
        "What did the repair of the lighthouse cost?",
        "Why did the lighthouse go dark?",
        "Which lake drained overnight?",
        "Who had warned of the lake on the Vorn glacier?",
    ]:
        alone = shelf.answer(question)
        after = shelf.answer(question, earlier=[conversing.turn(first)])
        assert after.understood is None
        assert (after.quotes, after.closest) == (alone.quotes, alone.closest)
        assert after.confidence == alone.confidence


def test_what_was_told_before_stands_behind_what_was_not(shelf):
    first = shelf.answer("When did the lighthouse at Skerry Point go dark?", risk=0.9)
    told = "The lighthouse at Skerry Point went dark on Tuesday for the first time in 90 years."
    assert first.quotes[0].text == told
    answer = shelf.answer("Why?", earlier=[conversing.turn(first)], limit=9)
    assert answer.understood == "When did the lighthouse at Skerry Point go dark? Why?"
    shown = [quote.text for quote in (*answer.quotes, *answer.closest)]
    assert shown[0] != told
    assert told in shown


def test_who_asks_the_same_again_is_told_the_same_again(shelf):
    turns = [
        conversing.turn(shelf.answer("When did the lighthouse at Skerry Point go dark?", risk=0.9))
    ]
    answers = []
    for _ in range(3):
        answers.append(shelf.answer("And what did the repair cost?", earlier=turns, risk=0.9))
        turns.append(conversing.turn(answers[-1]))
    assert answers[0].quotes[0].text == "The repair cost 412 crowns."
    assert [one.quotes for one in answers] == [answers[0].quotes] * 3
    assert [one.understood for one in answers] == [answers[0].understood] * 3
