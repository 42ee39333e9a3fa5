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
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from transformers import AutoModelForQuestionAnswering

from retrieval.encoder.loading import bundled_model
from retrieval.records import Span
from retrieval.training import data, questions
from retrieval.training.data import Example, Passage

log = logging.getLogger(__name__)

CHAT = 1 / 3  # share of questions in chat style
LONGEST = 320  # tokens of question and passage
GROUPS_TOGETHER = 1_024  # questions from which batches of like length are made
WARM_UP = 0.04  # share of the steps in which the learning rate rises
REASONED = re.compile(
    r"\b(?:why|how(?! (?:many|much|long|old|far|often|big|tall))|result|reason)\b", re.I
)
REASONED_WEIGHT = 1.5
SPAN_WEIGHT, SENTENCE_WEIGHT, GROUP_WEIGHT = 0.5, 1.0, 0.5
CHECKPOINT_EVERY = 125  # steps
PARTS = 2  # of a batch, each of passages of like length


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
    found = []
    for (_, passage), one in zip(pairs, tokenizer.encode_batch(texts), strict=True):
        shift = len(passage.title) + 2 if passage.title else 0
        offsets = np.array(one.offsets) - shift
        inside = (
            (np.array(one.type_ids) == 1) & (offsets[:, 1] > offsets[:, 0]) & (offsets[:, 0] >= 0)
        )
        sentence = np.full(len(one.ids), -1)
        for number, (start, end) in enumerate(passage.sentences):
            sentence[inside & (offsets[:, 0] >= start) & (offsets[:, 1] <= end)] = number
        starts, ends = np.zeros(len(one.ids), bool), np.zeros(len(one.ids), bool)
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
        found.append(Encoded(one.ids, one.type_ids, sentence, starts, ends, gold))
    return found


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


def groups_of(
    example: Example, rng: random.Random, left_out: float, hardest: int
) -> tuple[str, list[Passage]]:
    """A question as it is typed this time, with one or two passages."""
    question = questions.as_chat(example.question, rng) if rng.random() < CHAT else example.question
    negatives = list(example.negatives[:hardest])
    if example.passage.gold and len(negatives) > 1 and rng.random() < left_out:
        chosen = rng.sample(negatives, 2)
    else:
        chosen = [example.passage, *rng.sample(negatives, min(1, len(negatives)))]
    return question, [cropped(p, rng) if rng.random() < data.CROPPED else p for p in chosen]


def epoch(examples: Sequence[Example], rng: random.Random) -> Iterator[Example]:
    """Every example as often as its source is worth, in random order."""
    drawn = []
    for one in examples:
        copies = data.SOURCES[one.source].copies if one.kind != "swapped" else 1.0
        drawn += [one] * (int(copies) + (rng.random() < copies % 1))
    rng.shuffle(drawn)
    yield from drawn


def batches(
    examples: Sequence[Example],
    tokenizer: Tokenizer,
    size: int,
    seed: int,
    left_out: float,
    hardest: int,
) -> Iterator[list[Group]]:
    """Batches of questions whose passages are of like length, epoch after epoch."""
    rng = random.Random(seed)
    waiting: list[Example] = []
    while True:
        for one in epoch(examples, rng):
            waiting.append(one)
            if len(waiting) < GROUPS_TOGETHER:
                continue
            drawn = [groups_of(one, rng, left_out, hardest) for one in waiting]
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
            groups.sort(key=lambda group: sum(len(one.ids) for one in group.encoded))
            made = [groups[i : i + size] for i in range(0, len(groups), size)]
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
    encoded = [one for group in groups for one in group.encoded]
    start, end = logits_of(model, encoded)
    rows, longest = start.shape
    sentence, starts, ends = (np.full((rows, longest), fill) for fill in (-1, False, False))
    most = max(len(one.gold) for one in encoded)
    gold = np.zeros((rows, most + 1), bool)  # column 0 is "nothing"
    for row, one in enumerate(encoded):
        length = len(one.ids)
        sentence[row, :length], starts[row, :length], ends[row, :length] = (
            one.sentence,
            one.starts,
            one.ends,
        )
        gold[row, 1 : len(one.gold) + 1] = one.gold
        gold[row, 0] = not one.gold.any()
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

    def passage(told: dict[str, Any]) -> Passage:
        spans = {key: tuple(Span(*one) for one in told[key]) for key in ("sentences", "gold")}
        return Passage(told["title"], told["text"], whole=told["whole"], **spans)

    found = []
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            told = json.loads(line)
            negatives = tuple(map(passage, told.pop("negatives")))
            found.append(
                Example(**{**told, "passage": passage(told["passage"]), "negatives": negatives})
            )
    return found


def train(
    examples: Sequence[Example], start: Path, out: Path, *, steps: int, size: int, lr: float,
    final_lr: float, left_out: float, hardest: int, seed: int,
) -> None:  # fmt: skip
    """Train from the weights in `start`, or from the last checkpoint in `out`."""
    torch.manual_seed(seed)
    # Dropout's random numbers would take a third of the time. On processors attention written out
    # trains a fifth faster than torch's fused one.
    model: Any = AutoModelForQuestionAnswering.from_pretrained(
        start,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        attn_implementation="eager",
    )
    model.train()
    model.to(torch.bfloat16)  # several times as fast as float32 on processors that multiply it
    model.qa_outputs.float()
    model.qa_outputs.register_forward_pre_hook(lambda _, inputs: (inputs[0].float(),))
    # The optimiser works on copies in float32: small steps would be lost in the rounding of 16 bits.
    weights = list(model.parameters())
    masters = [one.detach().float().clone() for one in weights]
    tokenizer = Tokenizer.from_file(str(start / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(LONGEST, strategy="only_second")
    optimiser = torch.optim.AdamW(masters, lr=lr, weight_decay=0.01, fused=True)
    warm_up = max(1, round(WARM_UP * steps))

    def rate(step: int) -> float:
        if step < warm_up:
            return (step + 1) / warm_up
        share = (step - warm_up) / max(1, steps - warm_up)
        return 1 - share * (1 - final_lr / lr)

    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, rate)
    checkpoint, done = out / "checkpoint.pt", 0
    if checkpoint.exists():
        saved = torch.load(checkpoint, weights_only=True)
        torch._foreach_copy_(masters, saved["weights"])
        torch._foreach_copy_([one.data for one in weights], masters)
        optimiser.load_state_dict(saved["optimiser"])
        schedule.load_state_dict(saved["schedule"])
        done = saved["step"]
        log.info("going on from step %d", done)
    averages: dict[str, float] = {}
    began, seen = monotonic(), 0
    for step, groups in enumerate(batches(examples, tokenizer, size, seed, left_out, hardest)):
        if step < done:
            continue
        if step == steps:
            break
        loss, parts = loss_of(model, groups)
        loss.backward()
        for master, one in zip(masters, weights, strict=True):
            master.grad = None if one.grad is None else one.grad.float()
            one.grad = None
        torch.nn.utils.clip_grad_norm_(masters, 1.0)
        optimiser.step()
        schedule.step()
        torch._foreach_copy_([one.data for one in weights], masters)
        seen += sum(len(group.encoded) for group in groups)
        for name, value in parts.items():
            averages[name] = 0.98 * averages.get(name, value) + 0.02 * value
        if (step + 1) % 50 == 0:
            told = ", ".join(f"{name} {value:.3f}" for name, value in averages.items())
            log.info(
                "step %d of %d: %s; %.1f passages/s",
                step + 1,
                steps,
                told,
                seen / (monotonic() - began),
            )
        if (step + 1) % CHECKPOINT_EVERY == 0 or step + 1 == steps:
            beside = checkpoint.with_suffix(".new")
            states = {"weights": masters, "optimiser": optimiser.state_dict()}
            torch.save({**states, "schedule": schedule.state_dict(), "step": step + 1}, beside)
            beside.replace(checkpoint)
    model.float()
    torch._foreach_copy_([one.data for one in weights], masters)
    model.save_pretrained(out)
    tokenizer.no_truncation()
    tokenizer.save(str(out / "tokenizer.json"))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, help="the folder that retrieval.training.data wrote")
    parser.add_argument(
        "--out", type=Path, required=True, help="where checkpoints and the model go"
    )
    parser.add_argument(
        "--start", type=Path, help="weights to start from; else the default encoder's"
    )
    parser.add_argument("--steps", type=int, default=6_000)
    parser.add_argument("--batch", type=int, default=24, help="questions in a step")
    parser.add_argument("--lr", type=float, default=1e-4)
    parser.add_argument("--final-lr", type=float, default=0.0)
    parser.add_argument(
        "--left-out", type=float, default=0.25, help="share of questions without their passage"
    )
    parser.add_argument(
        "--hardest", type=int, default=6, help="negatives of a question that are drawn from"
    )
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    chosen.out.mkdir(parents=True, exist_ok=True)
    found = read_examples(chosen.data / "train.jsonl")
    log.info("%d examples", len(found))
    train(
        found, chosen.start or bundled_model(), chosen.out, steps=chosen.steps, size=chosen.batch,
        lr=chosen.lr, final_lr=chosen.final_lr, left_out=chosen.left_out, hardest=chosen.hardest,
        seed=chosen.seed,
    )  # fmt: skip


if __name__ == "__main__":
    main()
