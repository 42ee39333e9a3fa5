"""Train the reader: `python -m retrieval.training.reader DATA --out FOLDER`.

DATA is what `retrieval.training.data` wrote. The model is extractive question answering in its
standard form (Devlin et al., 2019): start and end logits, the first token for "nothing here
answers". A sentence's score is the log-sum-exp of its start logits plus that of its end logits,
minus the first token's two. Training sums three losses:

- span: the start and the end among the passage's tokens and the first token;
- sentence: the answering sentences among the passage's sentences and "nothing", which scores 0;
- group: the same over the sentences of all passages of a question, which is what ranking does.

Runs are seeded. A run that was interrupted goes on from its last checkpoint.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from transformers import AutoModelForQuestionAnswering, AutoTokenizer

from retrieval.evaluation.sets import normalised
from retrieval.models.encoder import bundled_model
from retrieval.models.reader import export
from retrieval.records import Span
from retrieval.training import data, questions
from retrieval.training.data import Example, Passage

log = logging.getLogger(__name__)

CHAT = 1 / 3  # share of questions in chat style
NEAR_MISS = 0.3  # share of questions with the rest of their own passage as one of two negatives
LONGEST = 320  # tokens of question and passage
GROUPS_TOGETHER = 1_024  # questions from which batches of like length are made
WARM_UP = 0.04  # share of the steps in which the learning rate rises
REASONED = re.compile(
    r"\b(?:why|how(?! (?:many|much|long|old|far|often|big|tall))|result|reason)\b", re.I
)
REASONED_WEIGHT = 1.5
SPAN_WEIGHT, SENTENCE_WEIGHT, GROUP_WEIGHT = 0.5, 1.0, 0.5
CHECKPOINT_EVERY, LOGGED_EVERY = 125, 50  # steps
PARTS = 2  # of a batch, each of passages of like length


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
        """The learning rate of a step as a share of `lr`: it rises, then falls on a line."""
        warm_up = max(1, round(WARM_UP * self.steps))
        if step < warm_up:
            return (step + 1) / warm_up
        share = (step - warm_up) / max(1, self.steps - warm_up)
        return 1 - share * (1 - self.final_lr / self.lr)


@dataclass(frozen=True, slots=True)
class Encoded:
    """A question with a passage as the model reads them.

    `sentence` tells for each token the number of its sentence, -1 elsewhere; `starts` and `ends`
    which tokens begin and end an answer, `gold` which sentences answer.
    """

    ids: list[int]
    types: list[int]
    sentence: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    gold: np.ndarray


@dataclass(frozen=True, slots=True)
class Group:
    """A question with some passages, and how much it weighs."""

    encoded: tuple[Encoded, ...]
    weight: float


def encode(tokenizer: Tokenizer, pairs: Sequence[tuple[str, Passage]]) -> list[Encoded]:
    """Tokenise questions with passages, and find the tokens of sentences and answers."""
    texts = [(q, f"{p.title}. {p.text}" if p.title else p.text) for q, p in pairs]
    encoded = []
    for (_, passage), encoding in zip(pairs, tokenizer.encode_batch(texts), strict=True):
        shift = len(passage.title) + 2 if passage.title else 0
        offsets = np.array(encoding.offsets) - shift
        inside = (
            (np.array(encoding.type_ids) == 1)
            & (offsets[:, 1] > offsets[:, 0])
            & (offsets[:, 0] >= 0)
        )
        sentence = np.full(len(encoding.ids), -1)
        for number, (start, end) in enumerate(passage.sentences):
            sentence[inside & (offsets[:, 0] >= start) & (offsets[:, 1] <= end)] = number
        starts, ends = np.zeros(len(encoding.ids), bool), np.zeros(len(encoding.ids), bool)
        gold = np.zeros(len(passage.sentences), bool)
        for start, end in passage.gold:
            tokens = np.flatnonzero(
                (sentence >= 0) & (offsets[:, 1] > start) & (offsets[:, 0] < end)
            )
            if not len(tokens):
                continue
            gold[sentence[tokens]] = True
            if passage.whole:
                starts[tokens] = ends[tokens] = True
            else:
                starts[tokens[0]] = ends[tokens[-1]] = True
        if not starts.any():
            starts[0] = ends[0] = True
        encoded.append(Encoded(encoding.ids, encoding.type_ids, sentence, starts, ends, gold))
    return encoded


def cropped(passage: Passage, rng: random.Random) -> Passage:
    """A passage as long as a paragraph of news: one to four sentences, around its answer."""
    count = len(passage.sentences)
    size = rng.randint(1, 4)
    if count <= size:
        return passage
    at = rng.randrange(count)
    if passage.gold:
        start, end = passage.gold[0]
        inside = [i for i, s in enumerate(passage.sentences) if s.start < end and s.end > start]
        if not inside:
            return passage
        size = max(size, len(inside))
        at = (
            max(0, inside[-1] + 1 - size)
            if rng.random() < 0.5
            else rng.randint(max(0, inside[-1] + 1 - size), inside[0])
        )
    low = min(at, count - size)
    cut = data.window(passage, low, low + size)
    return cut if bool(cut.gold) == bool(passage.gold) else passage


def without_answer(passage: Passage) -> Passage | None:
    """The longer part of a passage before or behind the sentences that answer.

    None if the answer stands there too, or nothing is left.
    """
    answers = [normalised(passage.text[start:end]) for start, end in passage.gold]
    places = [
        number
        for number, sentence in enumerate(passage.sentences)
        if any(start < sentence.end and end > sentence.start for start, end in passage.gold)
    ]
    parts = (0, places[0]), (places[-1] + 1, len(passage.sentences))
    low, high = max(parts, key=lambda part: part[1] - part[0])
    if low == high:
        return None
    rest = data.window(passage, low, high)
    text = normalised(rest.text)
    return None if any(answer in text for answer in answers) else rest


def group_of(example: Example, rng: random.Random, run: Run) -> tuple[str, list[Passage]]:
    """A question as it is typed this time, with one or two passages."""
    question = questions.as_chat(example.question, rng) if rng.random() < CHAT else example.question
    negatives = list(example.negatives[: run.hardest])
    near_miss = example.kind == "span" and not REASONED.search(example.question)
    if near_miss and rng.random() < NEAR_MISS and (rest := without_answer(example.passage)):
        negatives = [rest, *rng.sample(negatives, min(1, len(negatives)))]
    if example.passage.gold and len(negatives) > 1 and rng.random() < run.left_out:
        chosen = rng.sample(negatives, 2)
    else:
        chosen = [example.passage, *rng.sample(negatives, min(1, len(negatives)))]
    return question, [cropped(p, rng) if rng.random() < data.CROPPED else p for p in chosen]


def epoch(examples: Sequence[Example], rng: random.Random) -> Iterator[Example]:
    """Every example as often as its source is worth, in random order."""
    drawn = []
    for example in examples:
        copies = data.SOURCES[example.source].copies if example.kind != "swapped" else 1.0
        drawn += [example] * (int(copies) + (rng.random() < copies % 1))
    rng.shuffle(drawn)
    yield from drawn


def batches(examples: Sequence[Example], tokenizer: Tokenizer, run: Run) -> Iterator[list[Group]]:
    """Batches of questions whose passages are of like length, epoch after epoch."""
    rng = random.Random(run.seed)
    waiting: list[Example] = []
    while True:
        for next_example in epoch(examples, rng):
            waiting.append(next_example)
            if len(waiting) < GROUPS_TOGETHER:
                continue
            drawn = [group_of(example, rng, run) for example in waiting]
            pairs = [(q, p) for q, passages in drawn for p in passages]
            encoded = iter(encode(tokenizer, pairs))
            groups = []
            for example, (_, passages) in zip(waiting, drawn, strict=True):
                reasoned = example.source != "qadiscourse" and REASONED.search(example.question)
                groups.append(
                    Group(
                        tuple(next(encoded) for _ in passages), REASONED_WEIGHT if reasoned else 1.0
                    )
                )
            waiting = []
            groups.sort(key=lambda group: sum(len(encoding.ids) for encoding in group.encoded))
            made = [groups[i : i + run.batch] for i in range(0, len(groups), run.batch)]
            rng.shuffle(made)
            yield from made


def logits_of(model: Any, encoded: Sequence[Encoded]) -> tuple[torch.Tensor, torch.Tensor]:
    """Start and end logits, float32 of shape (passages, longest), run in parts of like length."""
    order = sorted(range(len(encoded)), key=lambda i: len(encoded[i].ids))
    longest = len(encoded[order[-1]].ids)
    made: dict[int, torch.Tensor] = {}
    size = -(-len(order) // PARTS)
    for part in (order[first : first + size] for first in range(0, len(order), size)):
        width = len(encoded[part[-1]].ids)
        ids, types, mask = (np.zeros((len(part), width), dtype=np.int64) for _ in range(3))
        for row, i in enumerate(part):
            length = len(encoded[i].ids)
            ids[row, :length] = encoded[i].ids
            types[row, :length] = encoded[i].types
            mask[row, :length] = 1
        output = model(
            input_ids=torch.from_numpy(ids),
            token_type_ids=torch.from_numpy(types),
            attention_mask=torch.from_numpy(mask),
        )
        both = torch.stack([output.start_logits, output.end_logits])
        both = torch.nn.functional.pad(both, (0, longest - width))
        made |= {i: both[:, row] for row, i in enumerate(part)}
    start, end = torch.stack([made[i] for i in range(len(encoded))], 1)
    return start, end


def loss_of(model: Any, groups: Sequence[Group]) -> tuple[torch.Tensor, dict[str, float]]:
    """The weighted sum of the three losses over a batch."""
    encoded = [encoding for group in groups for encoding in group.encoded]
    start, end = logits_of(model, encoded)
    rows, longest = start.shape
    sentence, starts, ends = (np.full((rows, longest), fill) for fill in (-1, False, False))
    most = max(len(encoding.gold) for encoding in encoded)
    gold = np.zeros((rows, most + 1), bool)  # column 0 is "nothing"
    for row, encoding in enumerate(encoded):
        length = len(encoding.ids)
        sentence[row, :length], starts[row, :length], ends[row, :length] = (
            encoding.sentence,
            encoding.starts,
            encoding.ends,
        )
        gold[row, 1 : len(encoding.gold) + 1] = encoding.gold
        gold[row, 0] = not encoding.gold.any()
    number = torch.from_numpy(sentence)
    allowed = number >= 0
    allowed[:, 0] = True
    least = torch.finfo(torch.float32).min / 4
    span = torch.zeros(rows)
    sums = []
    for logits, wanted in ((start, starts), (end, ends)):
        open_ = torch.where(allowed, logits, least)
        right = torch.where(torch.from_numpy(wanted), logits, least)
        span = span + open_.logsumexp(1) - right.logsumexp(1)
        # Log-sum-exp by sentence: subtract the row's highest logit, add up, take the logarithm.
        highest = open_.max(1, keepdim=True).values.detach()
        weights = torch.exp(open_ - highest) * (number >= 0)
        by_sentence = torch.zeros(rows, most).scatter_add(1, number.clamp(min=0), weights)
        sums.append(torch.log(by_sentence.clamp(min=1e-30)) + highest - logits[:, :1])
    exists = torch.zeros(rows, most).scatter_add(1, number.clamp(min=0), (number >= 0).float()) > 0
    scores = torch.where(exists, sums[0] + sums[1], least)
    scores = torch.cat([torch.zeros(rows, 1), scores], 1)
    right = torch.from_numpy(gold)
    sentences = scores.logsumexp(1) - torch.where(right, scores, least).logsumexp(1)
    weight = torch.tensor([group.weight for group in groups for _ in group.encoded])
    grouped, group_weight, row = [], [], 0
    for group in groups:
        of_group = slice(row, row + len(group.encoded))
        row = of_group.stop
        flat, flat_right = scores[of_group, 1:].flatten(), right[of_group, 1:].flatten()
        flat = torch.cat([torch.zeros(1), flat])
        flat_right = torch.cat([~flat_right.any()[None], flat_right])
        grouped.append(flat.logsumexp(0) - flat[flat_right].logsumexp(0))
        group_weight.append(group.weight)
    parts = {
        "span": (weight * span).mean() / 2,
        "sentence": (weight * sentences).mean(),
        "group": (torch.tensor(group_weight) * torch.stack(grouped)).mean(),
    }
    total = (
        SPAN_WEIGHT * parts["span"]
        + SENTENCE_WEIGHT * parts["sentence"]
        + GROUP_WEIGHT * parts["group"]
    )
    return total, {name: float(value) for name, value in parts.items()}


def read_examples(path: Path) -> list[Example]:
    """The examples of a file that `retrieval.training.data` wrote."""

    def passage(fields: dict[str, Any]) -> Passage:
        spans = {key: tuple(Span(*span) for span in fields[key]) for key in ("sentences", "gold")}
        return Passage(fields["title"], fields["text"], whole=fields["whole"], **spans)

    examples = []
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            fields = json.loads(line)
            negatives = tuple(map(passage, fields.pop("negatives")))
            examples.append(
                Example(**{**fields, "passage": passage(fields["passage"]), "negatives": negatives})
            )
    return examples


class Trainer:
    """A model at work in 16 bits, and the optimiser that works on its weights in 32.

    Small steps would be lost in the rounding of 16 bits, which are several times as fast on
    processors that multiply them.
    """

    def __init__(self, start: Path, run: Run) -> None:
        torch.manual_seed(run.seed)
        # Dropout's random numbers would take a third of the time. On processors attention written
        # out trains a fifth faster than torch's fused one.
        self.model: Any = AutoModelForQuestionAnswering.from_pretrained(
            start,
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
            attn_implementation="eager",
        )
        self.model.train()
        self.model.to(torch.bfloat16)
        self.model.qa_outputs.float()
        self.model.qa_outputs.register_forward_pre_hook(lambda _, inputs: (inputs[0].float(),))
        self.weights = [parameter.data for parameter in self.model.parameters()]
        self.exact = [weight.detach().float().clone() for weight in self.weights]
        self.optimiser = torch.optim.AdamW(self.exact, lr=run.lr, weight_decay=0.01, fused=True)
        self.schedule = torch.optim.lr_scheduler.LambdaLR(self.optimiser, run.rate)
        self.done = 0  # steps

    def step(self, groups: Sequence[Group]) -> dict[str, float]:
        """Take a step and return the losses."""
        loss, losses = loss_of(self.model, groups)
        torch.autograd.backward(loss)
        for exact, parameter in zip(self.exact, self.model.parameters(), strict=True):
            exact.grad = None if parameter.grad is None else parameter.grad.float()
            parameter.grad = None
        torch.nn.utils.clip_grad_norm_(self.exact, 1.0)
        self.optimiser.step()
        self.schedule.step()
        torch._foreach_copy_(self.weights, self.exact)
        self.done += 1
        return losses

    def save(self, path: Path) -> None:
        """Write a checkpoint beside the last one, then let it take its place."""
        state = {
            "weights": self.exact,
            "optimiser": self.optimiser.state_dict(),
            "schedule": self.schedule.state_dict(),
            "step": self.done,
        }
        beside = path.with_suffix(".new")
        torch.save(state, beside)
        beside.replace(path)

    def load(self, path: Path) -> None:
        """Go on from a checkpoint."""
        saved = torch.load(path, weights_only=True)
        torch._foreach_copy_(self.exact, saved["weights"])
        torch._foreach_copy_(self.weights, self.exact)
        self.optimiser.load_state_dict(saved["optimiser"])
        self.schedule.load_state_dict(saved["schedule"])
        self.done = saved["step"]

    def write(self, start: Path, out: Path) -> None:
        """Write the model as transformers reads it, with the tokenizer it started with."""
        self.model.float()
        torch._foreach_copy_([parameter.data for parameter in self.model.parameters()], self.exact)
        self.model.save_pretrained(out)
        AutoTokenizer.from_pretrained(start).save_pretrained(out)


def train(examples: Sequence[Example], start: Path, out: Path, run: Run) -> None:
    """Train from the weights in `start`, or from the last checkpoint in `out`, and export."""
    trainer = Trainer(start, run)
    tokenizer = Tokenizer.from_file(str(start / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(LONGEST, strategy="only_second")
    checkpoint = out / "checkpoint.pt"
    if checkpoint.exists():
        trainer.load(checkpoint)
        log.info("going on from step %d", trainer.done)
    averages: dict[str, float] = {}
    began, seen = monotonic(), 0
    for groups in islice(batches(examples, tokenizer, run), trainer.done, run.steps):
        for name, value in trainer.step(groups).items():
            averages[name] = 0.98 * averages.get(name, value) + 0.02 * value
        seen += sum(len(group.encoded) for group in groups)
        if trainer.done % LOGGED_EVERY == 0:
            losses = ", ".join(f"{name} {value:.3f}" for name, value in averages.items())
            speed = seen / (monotonic() - began)
            log.info("step %d of %d: %s; %.1f passages/s", trainer.done, run.steps, losses, speed)
        if trainer.done % CHECKPOINT_EVERY == 0 or trainer.done == run.steps:
            trainer.save(checkpoint)
    trainer.write(start, out)
    export(out, out)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, help="the folder that retrieval.training.data wrote")
    parser.add_argument("--out", type=Path, required=True, help="where the model goes")
    parser.add_argument("--start", type=Path, help="weights to start from; else the encoder's")
    for field in fields(Run):
        name = f"--{field.name.replace('_', '-')}"
        parser.add_argument(name, type=type(field.default), default=field.default)
    chosen = vars(parser.parse_args())
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    folder, out, start = (chosen.pop(name) for name in ("data", "out", "start"))
    out.mkdir(parents=True, exist_ok=True)
    examples = read_examples(folder / "train.jsonl")
    log.info("%d examples", len(examples))
    train(examples, start or bundled_model(), out, Run(**chosen))


if __name__ == "__main__":
    main()
