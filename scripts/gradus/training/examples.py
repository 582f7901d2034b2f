"""What SFT trains on: traces as token ids, split into a training and a held-out set."""

from dataclasses import dataclass, field
from typing import Any, Protocol

from tokenizers import Tokenizer

from gradus.prompts.chat import ChatTemplate
from gradus.prompts.training import encode_for_training
from gradus.provenance.errors import GradusError
from gradus.provenance.job import Job
from gradus.specs.training import SftSpec
from gradus.training.batches import Example, packed
from gradus.training.split import split_by_problem


class Encoder(Protocol):
    """What turns chats into tokens: a model's tokenizer and chat template."""

    @property
    def tokenizer(self) -> Tokenizer: ...

    @property
    def template(self) -> ChatTemplate: ...


@dataclass
class Encoded:
    """Traces as examples, one each or several. cut, lost: how many traces were cut to max_length, and how many of them
    before an answer began."""

    examples: list[Example] = field(default_factory=list)
    cut: int = 0
    lost: int = 0


def encode_traces(traces: list[dict[str, Any]], start: Encoder, max_length: int) -> Encoded:
    """Examples of at most `max_length` tokens. Those that are cut before their answer begins teach nothing and are left
    out. Raises GradusError for a trace that the model cannot learn.
    """
    encoded = Encoded()
    for trace in traces:
        try:
            whole = encode_for_training(start.template, start.tokenizer, trace["messages"])
        except GradusError as error:
            raise GradusError(f"trace {trace['id']!r}: {error}") from None
        examples = [(ids[:max_length], mask[:max_length]) for ids, mask in whole]
        kept = [example for example in examples if any(example[1][1:])]
        encoded.examples += kept
        encoded.cut += any(len(ids) > max_length for ids, _ in whole)
        encoded.lost += len(kept) < len(whole)
    return encoded


def training_rows(
    job: Job[SftSpec], traces: list[dict[str, Any]], start: Encoder
) -> tuple[list[list[Example]], list[Example]]:
    """Rows to train on, of one example or, where packing, of several that do not see each other; and the held-out set.

    Raises GradusError where nothing is left to train on.
    """
    settings = job.settings
    parts = split_by_problem(traces, settings.held_out_share, settings.seed)
    if settings.held_out_share and not parts[1]:
        job.log(f"all {len(traces)} traces are of one problem: none is held out")
    train_set, held_out = (encode_traces(part, start, settings.max_length) for part in parts)
    if cut := train_set.cut + held_out.cut:
        job.log(
            f"{cut} of {len(traces)} traces are longer than max_length = {settings.max_length} and were "
            f"cut, {train_set.lost + held_out.lost} of them before an answer, which is left out"
        )
    if not train_set.examples:
        raise GradusError(
            f"{job.spec_path}: no trace is left to train on; raise max_length ({settings.max_length}) or lower "
            f"held_out_share ({settings.held_out_share})"
        )
    examples = train_set.examples
    rows = packed(examples, settings.max_length) if settings.packing else [[e] for e in examples]
    return rows, held_out.examples
