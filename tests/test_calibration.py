"""Calibrations: the probability, the risk of a false answer, and those of other readers."""

import random

import pytest
from article_library import HARBOUR, add, jsonl, reader_with, refusal

from retrieval import Library, QuotewiseError
from retrieval.evaluation import Question
from retrieval.records import AnswerStatus
from retrieval.search import calibration
from retrieval.search.calibration import Calibration, checked_risk
from retrieval.training import calibrate


def made(*sets: tuple[float, ...]) -> Calibration:
    """A calibration whose probability is the raw confidence."""
    return Calibration(((0.0, 0.0), (1.0, 1.0)), sets, "a test")


TENTHS = tuple(number / 100 for number in range(1, 20))  # nineteen of them
"""With one more question that makes twenty: one in twenty is a risk of .05."""


def test_the_risk_of_an_answer_is_the_share_of_open_questions_as_sure_counting_itself():
    found = made(TENTHS)
    assert found.risk(0.5) == pytest.approx(1 / 20)
    assert found.risk(0.19) == pytest.approx(2 / 20)
    assert found.risk(0.10) == pytest.approx(11 / 20)
    assert found.risk(0.0) == 1


def test_an_answer_is_what_is_surer_than_the_threshold():
    found = made(TENTHS)
    assert found.threshold(0.05) == 0.19
    assert (found.answers(0.19, 0.05), found.answers(0.1901, 0.05)) == (False, True)
    assert found.threshold(0.1) == 0.18
    assert (found.answers(0.18, 0.1), found.answers(0.19, 0.1)) == (False, True)


def test_new_questions_of_the_same_kind_are_answered_no_more_often_than_stated():
    """Over many calibration sets of 60, the share answered is at most the risk on average."""
    chance = random.Random(3)
    shares = []
    for _ in range(300):
        found = made(tuple(sorted(chance.betavariate(2, 5) for _ in range(60))))
        shares += [found.answers(chance.betavariate(2, 5), 0.1) for _ in range(20)]
    assert 0.08 < sum(shares) / len(shares) <= 0.105


def test_a_risk_is_a_share_or_in_percent_and_anything_else_is_refused():
    risks = [checked_risk(written) for written in ("0.05", "5%", " 12.5 % ")]
    assert risks == pytest.approx([0.05, 0.05, 0.125])
    for written in ("0", "5", "nan", "0%"):
        assert refusal(checked_risk, written) == (
            "The risk should be the share of questions without an answer that may get one all the "
            f"same, such as 0.05 or 5%, and {written!r} is none."
        )


NAMES = "Alder Birch Cedar Dogan Ember Frost Gorse Hazel Ilex Juno Kerr Larch".split()
THINGS = "ferry bridge school mill tower harbour museum library market chapel quarry bakery".split()


def town(number: int) -> dict[str, str]:
    """An article about something that no other article speaks of."""
    name, thing = NAMES[number], THINGS[number]
    text = (
        f"The old {thing} at {name} was repaired last month by forty workers from Orle.\n\n"
        f"The council of {name} paid {300 + number} crowns for the {thing}'s new roof.\n\n"
        f"Its warden, {name} Moller, told reporters on Friday that the {thing} opens in May again."
    )
    return {"id": f"town-{number}", "title": f"{thing.title()} repaired", "text": text}


def test_a_reader_is_used_with_the_calibration_in_its_folder(library, tmp_path, copies):
    reader = reader_with(tmp_path / "reader", made(TENTHS))
    with Library.open(tmp_path / "other", copies=copies, reader=reader) as other:
        add(library, tmp_path, HARBOUR)
        add(other, tmp_path, HARBOUR)
        shipped, own = (one.answer("What had a rat bitten through?") for one in (library, other))
    assert shipped.raw == own.raw
    assert shipped.confidence == pytest.approx(calibration.default().probability(own.raw))
    assert own.confidence == pytest.approx(own.raw)


@pytest.mark.parametrize("text", ["{}", '{"knots": [[0]]}'])
def test_a_damaged_calibration_of_a_reader_is_named(tmp_path, text):
    path = tmp_path / "calibration.json"
    path.write_text(text, "utf-8")
    with pytest.raises(QuotewiseError, match=r"^The calibration .*\.json cannot be read "):
        calibration.of_reader(str(tmp_path))


@pytest.mark.parametrize(
    ("surer", "status"),
    [(0, AnswerStatus.ANSWER), (3, AnswerStatus.PROBABLE), (4, AnswerStatus.NONE)],
)
def test_the_share_of_surer_open_questions_decides_the_status(tmp_path, copies, surer, status):
    own = made((0.0,) * (19 - surer) + (1.0,) * surer)
    reader = reader_with(tmp_path / "reader", own)
    with Library.open(tmp_path / "home", copies=copies, reader=reader) as library:
        add(library, tmp_path, HARBOUR)
        answer = library.answer("What was bitten through by a rat?")
        bold = library.answer("What was bitten through by a rat?", risk=0.9)
    assert (answer.status, answer.answered) == (status, status is AnswerStatus.ANSWER)
    assert bool(answer.silence) is bool(answer.closest) is (status is AnswerStatus.NONE)
    assert bool(answer.quotes) is (status is not AnswerStatus.NONE)
    assert (bold.answered, bold.shown) == (True, answer.shown)


def test_a_calibration_is_fitted_to_the_fit_half_of_a_set(tmp_path, copies):
    lines = [
        {
            "question": f"How much did the council of {NAMES[number]} pay for the roof?",
            "answers": [f"{300 + number} crowns"] if number % 3 else [],
            "article_ids": [f"town-{number}"],
            "answerable": bool(number % 3),
            "half": ("fit", "report")[number % 2],
        }
        for number in range(12)
    ]
    jsonl(tmp_path, *map(town, range(12)))
    jsonl(tmp_path, *lines, name="questions.jsonl")
    questions = calibrate.fit_half(tmp_path)
    assert len(questions) == 6
    elsewhere = [Question("What did the rat bite through?", (), frozenset(), False)] * 2
    records = calibrate.ask(tmp_path, questions, elsewhere, copies=copies)
    assert [(one.answerable, one.right, one.left_out) for one in records] == [
        (False, False, False),
        *([(True, True, False), (False, False, True)] * 2),
        (False, False, False),
        *([(True, True, False), (False, False, True)] * 2),
        *([(False, False, True)] * 2),
    ]
    fitted = calibrate.fit({"towns": records})
    open_questions = sorted(round(one.raw, 5) for one in records if not one.answerable)
    assert fitted.unanswerable == (tuple(open_questions),)
    assert fitted.probability(0.99) > fitted.probability(0.5) > 0
