"""Train the reader: `python -m retrieval.training.reader DATA --out FOLDER`.

DATA is what `retrieval.training.data` wrote. The model is extractive question answering in its
standard form (Devlin et al., 2019): start and end logits, the first token for "nothing here
answers". A sentence's score is the log-sum-exp of its start logits plus that of its end logits,
minus the first token's two. Training sums three losses:

- span: the start and the end among the passage's tokens and the first token;
- sentence: the answering sentences among the passage's sentences and "nothing", which scores 0;
- group: the same over the sentences of all passages of a question, which is what ranking does.

Runs are seeded. An interrupted run continues from its last checkpoint.
"""

import argparse
import logging
import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from tokenizers import Tokenizer
from torch.nn.utils.rnn import pad_sequence
from transformers import AutoModelForQuestionAnswering, AutoTokenizer

from retrieval.evaluation import normalised
from retrieval.models.encoder import bundled_model
from retrieval.models.reader import export, tokens_of_sentences
from retrieval.training.data import SOURCES, Example, Passage, as_chat, read_examples

log = logging.getLogger(__name__)

CHAT = 1 / 3  # share of questions in chat style
CROPPED = 0.35  # share of passages cut to a few sentences: paragraphs of news are short
NEAR_MISS = 0.3  # share of questions with the rest of their own passage as one of two negatives
LONGEST = 320  # tokens of question and passage
GROUPS_TOGETHER = 1_024  # questions from which batches of like length are made
WARM_UP = 0.04  # share of the steps in which the learning rate rises
REASONED = re.compile(
    r"\b(?:why|how(?! (?:many|much|long|old|far|often|big|tall))|result|reason)\b", re.I
)
REASONED_WEIGHT = 1.5
LOSS_WEIGHTS = {"span": 0.5, "sentence": 1.0, "group": 0.5}
LOGGED_EVERY = 50  # steps
CHECKPOINT_EVERY = 500
LOWEST = torch.finfo(torch.float32).min / 4  # a logit that counts for nothing


@dataclass(frozen=True)
class Run:
    """How a model is trained.

    `batch` is the number of questions in a step, `left_out` the share of questions whose own
    passage is left out. Negatives of a question are drawn from the `hardest` first ones.
    """

    steps: int = 6_000
    batch: int = 24
    lr: float = 1e-4
    final_lr: float = 0.0
    left_out: float = 0.25
    hardest: int = 6
    seed: int = 1

    def rate(self, step: int) -> float:
        """The learning rate of a step as a share of `lr`: a rise, then a fall on a line."""
        warm_up = max(1, round(WARM_UP * self.steps))
        if step < warm_up:
            return (step + 1) / warm_up
        share = (step - warm_up) / max(1, self.steps - warm_up)
        return 1 - share * (1 - self.final_lr / self.lr)


# -- batches


class Encoded(NamedTuple):
    """A question with a passage as the model reads them, each a tensor with a value a token.

    `sentence` has the number of the token's sentence from 1 on, 0 outside of sentences; `starts`
    and `ends` say which tokens begin and end an answer. `gold` says of each sentence whether it
    answers. Those of several passages are filled up with zeros.
    """

    ids: torch.Tensor
    types: torch.Tensor
    sentence: torch.Tensor
    starts: torch.Tensor
    ends: torch.Tensor
    gold: torch.Tensor


class Group(NamedTuple):
    """A question with some passages, and its weight in the loss."""

    encoded: tuple[Encoded, ...]
    weight: float


def encode(tokenizer: Tokenizer, pairs: Sequence[tuple[str, Passage]]) -> Iterator[Encoded]:
    """Tokenise questions with passages, and find the tokens of sentences and answers."""
    encodings = tokenizer.encode_batch([(question, passage.titled) for question, passage in pairs])
    for (_, passage), encoding in zip(pairs, encodings, strict=True):
        offsets, by_sentence = tokens_of_sentences(passage, encoding)
        begin, end = offsets.T
        sentence = np.zeros(len(encoding.ids), int)
        for number, tokens in enumerate(by_sentence, start=1):
            sentence[tokens] = number
        starts, ends = np.zeros((2, len(encoding.ids)), bool)
        gold = np.zeros(len(passage.sentences), bool)
        for span in passage.gold:
            tokens = np.flatnonzero((sentence > 0) & (end > span.start) & (begin < span.end))
            if len(tokens):
                gold[sentence[tokens] - 1] = True
                starts[tokens if passage.whole else tokens[0]] = True
                ends[tokens if passage.whole else tokens[-1]] = True
        starts[0] = ends[0] = not starts.any()
        columns = (encoding.ids, encoding.type_ids, sentence, starts, ends, gold)
        yield Encoded(*map(torch.tensor, columns))


def cropped(passage: Passage, rng: random.Random) -> Passage:
    """A passage as long as a paragraph of news: one to four sentences, around its answer."""
    count = len(passage.sentences)
    size = rng.randint(1, 4)
    if count <= size:
        return passage
    at = rng.randrange(count)
    if passage.gold:
        inside = passage.sentences_with(passage.gold[:1])
        if not inside:
            return passage
        size = max(size, len(inside))
        first = max(0, inside[-1] + 1 - size)
        at = first if rng.random() < 0.5 else rng.randint(first, inside[0])
    low = min(at, count - size)
    cut = passage.window(low, low + size)
    return cut if bool(cut.gold) == bool(passage.gold) else passage


def without_answer(passage: Passage) -> Passage | None:
    """The longer part of a passage beside its answer; None if that is empty or answers, too."""
    places = passage.sentences_with(passage.gold)
    parts = (0, places[0]), (places[-1] + 1, len(passage.sentences))
    low, high = max(parts, key=lambda part: part[1] - part[0])
    if low == high:
        return None
    rest = passage.window(low, high)
    text = normalised(rest.text)
    answers = [normalised(passage.text[start:end]) for start, end in passage.gold]
    return None if any(answer in text for answer in answers) else rest


def drawn_group(example: Example, rng: random.Random, run: Run) -> tuple[str, list[Passage]]:
    """A question as it is typed this time, with one or two passages."""
    question = as_chat(example.question, rng) if rng.random() < CHAT else example.question
    negatives = list(example.negatives[: run.hardest])
    near_miss = example.kind == "span" and not REASONED.search(example.question)
    if near_miss and rng.random() < NEAR_MISS and (rest := without_answer(example.passage)):
        negatives = [rest, *rng.sample(negatives, min(1, len(negatives)))]
    if example.passage.gold and len(negatives) > 1 and rng.random() < run.left_out:
        chosen = rng.sample(negatives, 2)
    else:
        chosen = [example.passage, *rng.sample(negatives, min(1, len(negatives)))]
    return question, [cropped(p, rng) if rng.random() < CROPPED else p for p in chosen]


def epochs(examples: Sequence[Example], rng: random.Random) -> Iterator[Example]:
    """Every example as often as its source is worth, in random order, without end."""
    while True:
        drawn = []
        for example in examples:
            copies = SOURCES[example.source].copies if example.kind != "swapped" else 1.0
            drawn += [example] * (int(copies) + (rng.random() < copies % 1))
        rng.shuffle(drawn)
        yield from drawn


def batches(examples: Sequence[Example], tokenizer: Tokenizer, run: Run) -> Iterator[list[Group]]:
    """Batches of questions whose passages are of like length, without end."""
    rng = random.Random(run.seed)
    endless = epochs(examples, rng)
    while True:
        together = list(islice(endless, GROUPS_TOGETHER))
        drawn = [drawn_group(example, rng, run) for example in together]
        encoded = encode(tokenizer, [(q, p) for q, passages in drawn for p in passages])
        groups = []
        for example, (_, passages) in zip(together, drawn, strict=True):
            reasoned = example.source != "qadiscourse" and REASONED.search(example.question)
            weight = REASONED_WEIGHT if reasoned else 1.0
            groups.append(Group(tuple(islice(encoded, len(passages))), weight))
        groups.sort(key=lambda group: sum(len(encoding.ids) for encoding in group.encoded))
        made = [groups[i : i + run.batch] for i in range(0, len(groups), run.batch)]
        rng.shuffle(made)
        yield from made


# -- training


def padded(encoded: Iterable[Encoded]) -> Encoded:
    """Some passages together: tensors of shape (passages, tokens or sentences of the longest)."""
    columns = zip(*encoded, strict=True)
    return Encoded(*(pad_sequence(list(column), batch_first=True) for column in columns))


def logits(model: Any, batch: Encoded) -> tuple[torch.Tensor, torch.Tensor]:
    """Start and end logits, float32 of shape (passages, tokens of the longest)."""
    mask = batch.ids.ne(0).long()
    # Products of matrices in 16 bits take half the time on processors that multiply them.
    with torch.autocast("cpu", torch.bfloat16):
        read = model.base_model(batch.ids, token_type_ids=batch.types, attention_mask=mask)
    start, end = model.qa_outputs(read[0].float()).unbind(-1)
    return start, end


def log_loss(scores: torch.Tensor, allowed: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """The negative logarithm of the probability of the right scores among those allowed, by row."""
    return _sum_exp(scores, allowed) - _sum_exp(scores, right)


def _sum_exp(scores: torch.Tensor, counted: torch.Tensor) -> torch.Tensor:
    return scores.where(counted, LOWEST).logsumexp(-1)


def losses_of(
    start: torch.Tensor, end: torch.Tensor, batch: Encoded, groups: Sequence[Group]
) -> dict[str, torch.Tensor]:
    """The three losses over the padded passages of some groups."""
    readable = batch.sentence > 0
    readable[:, 0] = True
    span = log_loss(start, readable, batch.starts) + log_loss(end, readable, batch.ends)
    # (passages, sentences, tokens): whether a token is one of a sentence.
    numbers = torch.arange(batch.gold.shape[1])[:, None] + 1
    tokens = batch.sentence[:, None] == numbers
    summed = [_sum_exp(each[:, None], tokens) - each[:, :1] for each in (start, end)]
    scored = summed[0] + summed[1], tokens.any(-1), batch.gold
    sizes = [len(group.encoded) for group in groups]
    by_group = [
        log_loss(*_with_nothing(*(rows.reshape(1, -1) for rows in of_group)))
        for of_group in zip(*(torch.split(each, sizes) for each in scored), strict=True)
    ]
    weights = torch.tensor([group.weight for group in groups])
    by_passage = weights.repeat_interleave(torch.tensor(sizes))
    return {
        "span": (by_passage * span).mean() / 2,
        "sentence": (by_passage * log_loss(*_with_nothing(*scored))).mean(),
        "group": (weights * torch.cat(by_group)).mean(),
    }


def _with_nothing(
    score: torch.Tensor, exists: torch.Tensor, gold: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Put "nothing" before the sentences: it scores 0, and is right where none of them is."""
    nothing = torch.zeros(len(score), 1)
    return (
        torch.cat([nothing, score], 1),
        torch.cat([nothing == 0, exists], 1),
        torch.cat([~gold.any(1, keepdim=True), gold], 1),
    )


def train(examples: Sequence[Example], start: Path, out: Path, run: Run) -> None:
    """Train from `start`, or a checkpoint in `out`; write the model and its ONNX copy to `out`."""
    torch.manual_seed(run.seed)
    # Dropout's random numbers would take a third of the time. On processors attention written
    # out trains a fifth faster than torch's fused one.
    model: Any = AutoModelForQuestionAnswering.from_pretrained(
        start,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        attn_implementation="eager",
    )
    model.train()
    optimiser = torch.optim.AdamW(model.parameters(), lr=run.lr, weight_decay=0.01, fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, run.rate)
    tokenizer = Tokenizer.from_file(str(start / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(LONGEST, strategy="only_second")
    out.mkdir(parents=True, exist_ok=True)
    checkpoint, done = out / "checkpoint.pt", 0
    parts = {"model": model, "optimiser": optimiser, "schedule": schedule}
    if checkpoint.exists():
        saved = torch.load(checkpoint, weights_only=True)
        done = saved.pop("step")
        for name, part in parts.items():
            part.load_state_dict(saved[name])
        log.info("continuing from step %d", done)
    averages: dict[str, float] = {}
    steps = islice(batches(examples, tokenizer, run), done, run.steps)
    for step, groups in enumerate(steps, start=done + 1):
        batch = padded(encoded for group in groups for encoded in group.encoded)
        losses = losses_of(*logits(model, batch), batch, groups)
        torch.autograd.backward([weight * losses[name] for name, weight in LOSS_WEIGHTS.items()])
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        optimiser.zero_grad()
        for name, loss in losses.items():
            averages[name] = 0.98 * averages.get(name, loss.item()) + 0.02 * loss.item()
        if step % LOGGED_EVERY == 0:
            text = ", ".join(f"{name} {value:.3f}" for name, value in averages.items())
            log.info("step %d of %d: %s", step, run.steps, text)
        if step % CHECKPOINT_EVERY == 0:
            states = {name: part.state_dict() for name, part in parts.items()}
            torch.save(states | {"step": step}, checkpoint.with_suffix(".new"))
            checkpoint.with_suffix(".new").replace(checkpoint)
    model.save_pretrained(out)
    AutoTokenizer.from_pretrained(start).save_pretrained(out)
    export(out, out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="the folder that retrieval.training.data wrote")
    parser.add_argument("--out", type=Path, required=True, help="where the model goes")
    parser.add_argument("--start", type=Path, help="weights to start from; else the encoder's")
    for field in fields(Run):
        name = f"--{field.name.replace('_', '-')}"
        parser.add_argument(name, type=type(field.default), default=field.default)
    chosen = vars(parser.parse_args())
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    folder, out, start = (chosen.pop(name) for name in ("data", "out", "start"))
    train(read_examples(folder / "train.jsonl"), start or bundled_model(), out, Run(**chosen))


if __name__ == "__main__":
    main()
