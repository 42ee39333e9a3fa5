"""Training: examples, their variations and negatives, the loss, and a run of a few steps."""

import json
import random
import re
from dataclasses import asdict

import pytest
import torch

from retrieval.models import open_reader
from retrieval.models.encoder import bundled_model
from retrieval.records import Span
from retrieval.training import reader
from retrieval.training.data import (
    Example,
    Passage,
    as_chat,
    ordered,
    read_examples,
    swapped,
    write_lines,
)
from retrieval.training.reader import Encoded, Group, Run

FERRY = Passage(
    "Ferry",
    "The ferry sails at six. Dogs ride free. Oona Rask steers it.",
    (Span(0, 23), Span(24, 39), Span(40, 60)),
    (Span(19, 22),),
)
MILL = Passage("Mill", "The paper mill was sold to a brewer.", (Span(0, 36),))
EXAMPLES = [
    Example("squad", "When does the ferry sail?", "span", FERRY, (MILL,)),
    Example("squad", "Who bought the ferry?", "none", MILL),
]


def test_training_lowers_the_loss_and_writes_the_model(tmp_path, monkeypatch, caplog):
    caplog.set_level("INFO", reader.log.name)
    monkeypatch.setattr(reader, "LOGGED_EVERY", 1)
    monkeypatch.setattr(reader, "GROUPS_TOGETHER", 8)
    monkeypatch.setattr(reader, "export", lambda model, folder: None)  # tested with its setting
    reader.train(EXAMPLES, bundled_model(), tmp_path, Run(steps=12, batch=4))
    steps = [message for message in caplog.messages if message.startswith("step")]
    assert len(steps) == 12
    first, last = (re.findall(r"\w+ (\d+\.\d+)", step) for step in (steps[0], steps[-1]))
    assert len(first) == 3
    assert all(float(later) < float(before) for later, before in zip(last, first, strict=True))
    assert json.loads((tmp_path / "config.json").read_text())["model_type"] == "bert"


def test_negatives_are_ordered_by_the_reader_with_the_hardest_first(copies):
    hard = Passage("Rail", "The train to Orle leaves at ten.", (Span(0, 32),))
    example = Example("squad", "When does the train to Orle leave?", "span", FERRY, (MILL, hard))
    (example,) = ordered(open_reader(None, copies), [example])
    assert example.negatives == (hard, MILL)


def test_the_loss_is_the_negative_logarithm_of_what_is_right():
    """Three tokens: the first, and two sentences of one token each, of which the second answers."""
    values = [torch.tensor(row) for row in ([1, 2, 3], [0, 1, 1], [0, 1, 2])]
    right = torch.tensor([False, False, True])
    encoded = Encoded(*values, right, right, torch.tensor([False, True]))
    zero = torch.zeros(1, 3)
    losses = reader.losses_of(zero, zero, reader.padded([encoded]), [Group((encoded,), 1.0)])
    third = torch.log(torch.tensor(3.0)).item()
    assert {name: loss.item() for name, loss in losses.items()} == {
        name: pytest.approx(third) for name in ("span", "sentence", "group")
    }


def test_examples_are_written_and_read_again_as_they_were(tmp_path):
    write_lines(tmp_path / "train.jsonl", map(asdict, EXAMPLES))
    assert read_examples(tmp_path / "train.jsonl") == EXAMPLES


def test_a_swapped_question_has_no_answer_in_its_passage():
    other = Example("squad", "Did Ida Berg win?", "span", FERRY)
    asked = Example("squad", "Does Oona Rask steer it?", "span", FERRY)
    made = list(swapped([asked, other], 5, random.Random(1)))
    assert {(one.question, one.kind, one.passage.gold) for one in made} <= {
        ("Does Ida Berg steer it?", "swapped", ())
    }


def test_a_question_in_chat_style_has_the_same_words_or_fewer():
    dice = random.Random(2)
    typed = {as_chat("When does the ferry sail?", dice) for _ in range(40)}
    assert {"when does the ferry sail", "when ferry sail"} <= typed
