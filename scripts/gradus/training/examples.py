"""What SFT trains on: traces as token ids, split into a training and a held-out set."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from tokenizers import Tokenizer

from gradus.models.positions import expect_room
from gradus.prompts.chat import ChatTemplate
from gradus.prompts.training import encode_for_training
from gradus.provenance.errors import GradusError
from gradus.provenance.job import Job
from gradus.specs.training import SftSpec
from gradus.study.settings.training import trace_weights
from gradus.traces.lengths import most_tokens
from gradus.training.batches import Example, packed
from gradus.training.repeats import copies_of
from gradus.training.split import split_by_problem


class Encoder(Protocol):
    """What turns chats into tokens: a model's tokenizer and chat template, and the folder that has them."""

    @property
    def folder(self) -> Path: ...

    @property
    def tokenizer(self) -> Tokenizer: ...

    @property
    def template(self) -> ChatTemplate: ...


@dataclass
class Encoded:
    """Traces as examples, one each or several. cut, lost: how many traces were cut to max_length, and how many of them
    before an answer began."""

    by_trace: list[list[Example]] = field(default_factory=list)
    cut: int = 0
    lost: int = 0

    @property
    def examples(self) -> list[Example]:
        return [example for trace in self.by_trace for example in trace]


def encode_traces(traces: list[dict[str, Any]], start: Encoder, max_length: int) -> Encoded:
    """Examples of at most `max_length` tokens. Those that are cut before their answer begins teach nothing and are left
    out. Raises GradusError for a trace that the model cannot learn.
    """
    return _cut(_whole(traces, start), max_length)


def training_rows(
    job: Job[SftSpec], traces: list[dict[str, Any]], start: Encoder
) -> tuple[list[list[Example]], list[Example]]:
    """Rows to train on, of one example or, where packing, of several that do not see each other; and the held-out set,
    which has each trace once, whatever the weight of its set. A `max_length` that is a percentile becomes a number in
    the job's settings.

    Raises GradusError where nothing is left to train on, or a text is longer than the model's positions.
    """
    settings = job.settings
    parts = split_by_problem(traces, settings.held_out_share, settings.seed)
    if settings.held_out_share and not parts[1]:
        job.log(f"all {len(traces)} traces are of one problem: none is held out")
    wholes = [_whole(part, start) for part in parts]
    max_length = _max_length(job, [max(len(ids) for ids, _ in whole) for part in wholes for whole in part])
    train_set, held_out = (_cut(part, max_length) for part in wholes)
    if cut := train_set.cut + held_out.cut:
        job.log(
            f"{cut} of {len(traces)} traces are longer than max_length = {max_length} and were "
            f"cut, {train_set.lost + held_out.lost} of them before an answer, which is left out"
        )
    weights = trace_weights(settings.traces)
    if any(weight != 1 for weight in weights.values()):
        copies = copies_of([trace["set"] for trace in parts[0]], weights, settings.seed)
        train_set.by_trace = [
            trace for trace, count in zip(train_set.by_trace, copies, strict=True) for _ in range(count)
        ]
    examples = train_set.examples
    if not examples:
        raise GradusError(
            f"{job.spec_path}: no trace is left to train on; raise max_length ({max_length}) or lower "
            f"held_out_share ({settings.held_out_share})"
        )
    expect_room(start.folder, max(len(ids) for ids, _ in examples + held_out.examples))
    rows = packed(examples, max_length) if settings.packing else [[e] for e in examples]
    return rows, held_out.examples


def _whole(traces: list[dict[str, Any]], start: Encoder) -> list[list[Example]]:
    """The examples of each trace. Raises GradusError for a trace that the model cannot learn."""
    wholes = []
    for trace in traces:
        try:
            wholes.append(encode_for_training(start.template, start.tokenizer, trace["messages"]))
        except GradusError as error:
            raise GradusError(f"trace {trace['id']!r}: {error}") from None
    return wholes


def _cut(wholes: list[list[Example]], max_length: int) -> Encoded:
    encoded = Encoded()
    for whole in wholes:
        examples = [(ids[:max_length], mask[:max_length]) for ids, mask in whole]
        kept = [example for example in examples if any(example[1][1:])]
        encoded.by_trace.append(kept)
        encoded.cut += any(len(ids) > max_length for ids, _ in whole)
        encoded.lost += len(kept) < len(whole)
    return encoded


def _max_length(job: Job[SftSpec], lengths: list[int]) -> int:
    """In tokens; `lengths` are those of all traces, held out or not."""
    asked = job.settings.max_length
    tokens = most_tokens(asked, lengths)
    if asked != tokens:
        job.settings = job.settings.model_copy(update={"max_length": tokens})
        job.log(f"max_length: {asked} is {tokens} tokens, by the lengths of {len(lengths)} traces")
    return tokens
