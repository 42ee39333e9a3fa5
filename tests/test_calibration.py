"""Calibrations: the probability, the risk of a false answer, and those of other readers."""

import json
import random
from itertools import pairwise

import pytest
from shelf import HARBOUR, add, jsonl, reader_with

from retrieval import Library, QuotewiseError
from retrieval.evaluation import Question
from retrieval.evaluation.questions import auroc
from retrieval.records import AnswerStatus
from retrieval.search import calibration
from retrieval.search.calibration import Calibration, Trial, checked_risk, raw_confidence
from retrieval.training import calibrate
from retrieval.training.calibrate import fitted


def made(*sets: tuple[float, ...]) -> Calibration:
    """A calibration whose probability is the raw confidence."""
    return Calibration(((0.0, 0.0), (1.0, 1.0)), sets, "a test")


TENTHS = tuple(number / 100 for number in range(1, 20))  # nineteen of them
"""With one more question that makes twenty: one in twenty is a risk of .05."""


# -- the risk


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


def test_a_set_that_is_too_small_for_a_risk_lets_nothing_be_answered():
    assert made(TENTHS[:18]).answers(0.99, 0.05) is False
    assert made(TENTHS).answers(0.99, 0.04) is False
    assert made(TENTHS).threshold(0.04) == 1
    assert made().answers(0.99, 0.5) is False


def test_each_kind_counts_alike():
    easy, hard = TENTHS, tuple(0.5 + raw for raw in TENTHS)
    both = made(easy, hard)
    assert both.risk(0.3) == pytest.approx((1 + 19) / (1 + 38))
    assert both.risk(0.685) == pytest.approx((1 + 1) / (1 + 38))
    assert both.threshold(0.08) == pytest.approx(0.67)


def test_a_new_question_counts_as_one_of_the_kind_with_the_fewest():
    few, many = TENTHS[:5], TENTHS * 4
    found = made(few, tuple(sorted(many)))
    assert found.risk(0.5) == pytest.approx(0.1 / 1.1)
    assert found.risk(0.19) == pytest.approx((0.1 + 4 / 152) / 1.1)


def test_new_questions_of_the_same_kind_are_answered_no_more_often_than_stated():
    """Over many calibration sets of 60, the share answered is at most the risk on average."""
    chance = random.Random(3)
    shares = []
    for _ in range(300):
        found = made(tuple(sorted(chance.betavariate(2, 5) for _ in range(60))))
        shares += [found.answers(chance.betavariate(2, 5), 0.1) for _ in range(20)]
    assert 0.08 < sum(shares) / len(shares) <= 0.105


def test_more_risk_never_answers_less():
    found = calibration.default()
    bounds = [found.threshold(risk) for risk in (0.02, 0.05, 0.1, 0.2, 0.5, 0.9)]
    assert bounds == sorted(bounds, reverse=True)


@pytest.mark.parametrize(("told", "risk"), [("0.05", 0.05), ("5%", 0.05), (" 12.5 % ", 0.125)])
def test_a_risk_is_written_as_a_share_or_in_percent(told, risk):
    assert checked_risk(told) == pytest.approx(risk)


@pytest.mark.parametrize(
    "told", ["0", "1", "5", "-0.1", "nan", "inf", "", "some", "5%%", "0%", "5% x"]
)
def test_a_risk_that_makes_no_sense_is_told_of_in_a_sentence(told):
    with pytest.raises(QuotewiseError) as raised:
        checked_risk(told)
    assert str(raised.value) == (
        "The risk should be the share of questions without an answer that may get one all the "
        f"same, such as 0.05 or 5%, and {told!r} is none."
    )


# -- the probability


def trials(right: int, wrong: int, raw: float) -> list[Trial]:
    """Answerable questions of one raw confidence, and unanswerable ones of the same."""
    rightly = [Trial(raw, True, True)] * right + [Trial(raw, True, False)] * wrong
    return rightly + [Trial(raw, False, False)] * wrong


FITTED = fitted(
    [trials(1, 9, 0.2) + trials(5, 5, 0.5) + trials(4, 6, 0.6) + trials(9, 1, 0.8)],
    "forty questions",
)


def test_the_probability_is_the_share_that_was_right_and_rises_throughout():
    assert FITTED.probability(0.2) == pytest.approx(1.5 / 11, abs=1e-4)
    assert FITTED.probability(0.55) == pytest.approx(9.5 / 21, abs=1e-4), ".6 was below .5"
    assert FITTED.probability(0.8) == pytest.approx(9.5 / 11, abs=1e-4)
    assert (FITTED.probability(0.0), FITTED.probability(1.0)) == (0, 1)
    told = [FITTED.probability(number / 1000) for number in range(1001)]
    assert all(one < other for one, other in pairwise(told))


def test_raw_confidences_keep_the_order_of_scores_and_tell_high_ones_apart():
    raw = [raw_confidence(score) for score in (-400, -8, 0, 8, 12, 16)]
    assert raw == sorted(raw)
    assert (raw[0], raw[2]) == (pytest.approx(0), 0.5)
    assert raw[-2] + 0.01 < raw[-1] < 0.99


def test_near_misses_of_a_set_are_a_kind_if_they_are_many_and_all_others_are_one_together():
    left_out = [Trial(0.1, False, False, left_out=True)] * 7
    kinds = fitted([trials(10, 60, 0.5) + left_out, trials(10, 3, 0.6) + left_out], "").unanswerable
    assert kinds == ((0.5,) * 60, (0.1,) * 14 + (0.6,) * 3)
    assert fitted([trials(10, 60, 0.5)], "").unanswerable == ((0.5,) * 60,)
    assert fitted([trials(10, 0, 0.5)], "").unanswerable == ()


def test_each_set_counts_the_same_however_many_questions_it_has():
    found = fitted([trials(0, 90, 0.5), trials(10, 0, 0.5)], "")
    assert found.probability(0.5) == pytest.approx(0.5, abs=0.01)


def test_a_calibration_is_written_down_and_read_again_as_it_was():
    assert Calibration.from_json(FITTED.to_json()) == FITTED
    older = json.loads(FITTED.to_json()) | {"nothing_below": 0.2}
    assert Calibration.from_json(json.dumps(older)) == FITTED


def test_the_shipped_calibration_says_what_it_was_made_from():
    shipped = calibration.default()
    assert shipped.made_from
    assert all(list(kind) == sorted(kind) for kind in shipped.unanswerable)
    assert shipped.risk(1) <= 0.02, "else hardly anything is answered"


def test_one_kind_of_question_alone_has_no_auroc():
    assert auroc([0.9, 0.8], [0.1, 0.85]) == 0.75
    assert auroc([0.9], []) is None


# -- what a library is calibrated with

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


@pytest.mark.parametrize("text", ["", "{}", '{"knots": [[0]]}', "[]"])
def test_a_damaged_calibration_of_a_reader_is_named(tmp_path, text):
    path = tmp_path / "calibration.json"
    path.write_text(text, "utf-8")
    with pytest.raises(QuotewiseError, match=r"^The calibration .*\.json cannot be read "):
        calibration.of_reader(str(tmp_path))


@pytest.mark.parametrize(
    ("surer", "status"),
    [(0, AnswerStatus.ANSWER), (3, AnswerStatus.PROBABLE), (4, AnswerStatus.NONE)],
)
def test_the_share_of_unanswerable_questions_with_more_confidence_decides_the_status(
    tmp_path, copies, surer, status
):
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


# -- fitting one


def test_a_calibration_is_fitted_to_one_half_of_a_set_and_measured_on_the_other(tmp_path, copies):
    questions = [
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
    jsonl(tmp_path, *questions, name="questions.jsonl")
    elsewhere = [Question("What did the rat bite through?", (), frozenset(), False)] * 2
    found = calibrate.ask(tmp_path, elsewhere, copies=copies)
    kinds = [(one.half, one.answerable, one.left_out) for one in found]
    assert len(kinds) == 12 + 8 + 2
    assert kinds[:4] == [
        ("fit", False, False),
        ("report", True, False),
        ("report", False, True),
        ("fit", True, False),
    ]
    path = tmp_path / "cache" / "set.json"
    assert calibrate.stored(path) is None
    calibrate.store(path, found)
    assert calibrate.stored(path) == found
    fitted_to = calibrate.fit({"towns": found})
    assert [len(kind) for kind in fitted_to.unanswerable] == [7]
    figures = calibrate.measures(calibrate.half_of(found, "report"), fitted_to)
    assert (figures["answered"], figures["right"]) == (0, None), "seven questions prove no .05"
    assert (figures["article"], figures["first"]) == (1, 1)
