"""Another reader in the place of the bundled one: any extractive question-answering model."""

import shutil
from importlib.resources import files
from pathlib import Path

import pytest
import torch
from article_library import BAKERY, GLACIER, HARBOUR, refusal
from tiny_models import TinyModels
from transformers import AutoModelForQuestionAnswering, AutoTokenizer

from retrieval import Library, QuotewiseError
from retrieval.models import ReadablePassage, open_reader
from retrieval.records import Span
from retrieval.text.segmentation import sentences

QUESTION = "How much did the repair of the lighthouse cost?"
TEXTS = [QUESTION, *(f"{one['title']}. {one['text']}" for one in (HARBOUR, BAKERY, GLACIER))]


@pytest.fixture(scope="module")
def reader_models(tiny_models) -> dict[str, str]:
    """The folders of readers of two families, by the name of the family."""
    return {
        "bert": tiny_models.reader("reader"),
        "roberta": tiny_models.roberta_reader("roberta-reader", TEXTS),
    }


def passage(article: dict[str, str]) -> ReadablePassage:
    text = article["text"].replace("\n\n", " ")
    return ReadablePassage(article["title"], text, tuple(sentences(text, Span(0, len(text)))))


@pytest.mark.parametrize("family", ["bert", "roberta"])
def test_a_reader_scores_sentences_as_transformers_does(family, reader_models, tmp_path):
    reader = open_reader(reader_models[family], tmp_path)
    tokenizer = AutoTokenizer.from_pretrained(reader_models[family])
    model = AutoModelForQuestionAnswering.from_pretrained(reader_models[family]).eval()
    passages = [passage(one) for one in (HARBOUR, BAKERY, GLACIER)]
    for one, read in zip(passages, reader.read(QUESTION, passages), strict=True):
        text, skipped = f"{one.title}. {one.text}", len(one.title) + 2
        pair = tokenizer(QUESTION, text, return_offsets_mapping=True, return_tensors="pt")
        offsets = pair.pop("offset_mapping")[0].tolist()
        with torch.no_grad():
            logits = model(**pair)
        for (first, last), sentence in zip(one.sentences, read, strict=True):
            inside = [
                at
                for at, (start, end) in enumerate(offsets)
                if pair.sequence_ids(0)[at] == 1
                and start < end
                and first <= start - skipped
                and end - skipped <= last
            ]
            start, end = (of[0] for of in (logits.start_logits, logits.end_logits))
            expected = start[inside].logsumexp(0) + end[inside].logsumexp(0) - start[0] - end[0]
            assert sentence.score == pytest.approx(float(expected), abs=0.1), "8 bits are rounded"
            assert first <= sentence.answer.start < sentence.answer.end <= last


def test_a_library_answers_with_the_reader_that_is_set(reader_models, stocked, tmp_path):
    home = stocked(tmp_path / "home")
    with Library.open(home, reader=reader_models["roberta"]) as library:
        answer = library.answer("What was the 28-foot dam built to power?", risk=0.9, limit=9)
    assert answer.shown
    for quote in answer.shown:
        assert quote.article.text[quote.start : quote.end] == quote.text
        assert quote.answer is None or 0 <= quote.answer.start < quote.answer.end <= len(quote.text)


def broken(tiny_models: TinyModels, kind: str, folder: Path) -> str:
    """The name of a model that cannot be used as a reader."""
    if kind == "encoder":
        return tiny_models.embedding("no-reader", 32)
    if kind == "damaged":
        shutil.copytree(tiny_models.reader("damaged-reader"), folder)
        (folder / "model.safetensors").write_bytes(b"no weights")
    return "nobody/no-such-model" if kind == "unknown" else str(folder)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("unknown", "there is no such model here"),
        ("damaged", "Error while deserializing header"),
        ("encoder", "it was not trained to answer questions, as it lacks qa_outputs.bias, "),
    ],
)
def test_a_reader_that_cannot_be_used_is_named_in_a_sentence(kind, reason, tiny_models, tmp_path):
    name = broken(tiny_models, kind, tmp_path / "model")
    sentence = refusal(open_reader, name, tmp_path / "copies")
    assert sentence.startswith(f"The reader {name} could not be loaded ({reason}")
    assert sentence.endswith(
        "): give the name or the folder of a question-answering model of transformers that is on "
        "this machine, or set none."
    )
    assert "\n" not in sentence
    assert list((tmp_path / "copies").iterdir()) == [], "nothing half made is left"


def damage_model(folder: Path) -> None:
    with (folder / "reader.onnx").open("ab") as file:
        file.write(b"x")


def test_a_damaged_copy_is_made_again(reader_models, tmp_path):
    made = open_reader(reader_models["bert"], tmp_path)
    (copy,) = tmp_path.iterdir()
    damage_model(copy)
    again = open_reader(reader_models["bert"], tmp_path)
    assert again.fingerprint == made.fingerprint
    assert again.read(QUESTION, [passage(BAKERY)]) == made.read(QUESTION, [passage(BAKERY)])


def test_a_damaged_reader_is_not_read(tmp_path):
    bundled = files("retrieval.models").joinpath("files")
    folder = shutil.copytree(str(bundled), tmp_path / "reader")
    damage_model(folder)
    with pytest.raises(QuotewiseError, match=f"The reader in {folder} is damaged"):
        open_reader(str(folder), tmp_path / "copies")
