"""What SFT trains on: traces as token ids, split into a training and a held-out set."""

from typing import Any, Protocol

from tokenizers import Tokenizer

from gradus.prompts.chat import ChatTemplate, encode_for_training
from gradus.provenance.errors import GradusError
from gradus.provenance.job import Job
from gradus.training.batches import Example, epoch_order, packed


class Encoder(Protocol):
    """A model as far as texts are concerned."""

    tokenizer: Tokenizer
    template: ChatTemplate


def encode_traces(traces: list[dict[str, Any]], start: Encoder, max_length: int) -> tuple[list[Example], int]:
    """Traces as examples of at most `max_length` tokens, and how many had to be cut.

    Those that are cut before their answer begins teach nothing and are left out.
    """
    whole = [encode_for_training(start.template, start.tokenizer, trace["messages"]) for trace in traces]
    cut = sum(len(ids) > max_length for ids, _ in whole)
    examples = [(ids[:max_length], mask[:max_length]) for ids, mask in whole]
    return [example for example in examples if any(example[1][1:])], cut


def training_rows(job: Job, traces: list[dict[str, Any]], start: Encoder) -> tuple[list[list[Example]], list[Example]]:
    """Rows to train on, of one example or, where packing, of several that do not see each other; and the held-out set.

    Raises GradusError where nothing is left to train on.
    """
    settings = job.settings
    examples, cut = encode_traces(traces, start, settings["max_length"])
    if cut:
        job.log(
            f"{cut} of {len(traces)} traces are longer than max_length = {settings['max_length']} and were cut, "
            f"{len(traces) - len(examples)} of them before the answer: these are left out"
        )
    order = epoch_order(len(examples), settings["seed"], epoch=-1)
    held_out_size = round(len(examples) * settings["held_out_share"])
    held_out = [examples[i] for i in order[:held_out_size]]
    train_set = [examples[i] for i in order[held_out_size:]]
    if not train_set:
        raise GradusError(
            f"{job.spec_path}: no trace is left to train on; raise max_length ({settings['max_length']}) or lower "
            f"held_out_share ({settings['held_out_share']})"
        )
    rows = packed(train_set, settings["max_length"]) if settings["packing"] else [[e] for e in train_set]
    return rows, held_out
