"""Checks of supervised fine-tunings that no single key can make."""

from collections.abc import Iterator

from gradus.study.mistakes import Mistake
from gradus.study.settings.training import Sft, trace_weights


def sft_mistakes(experiment: Sft) -> Iterator[Mistake]:
    """By the keys of the experiment."""
    names = [name for traces in experiment.traces for name in trace_weights([traces])]
    for index, name in enumerate(names):
        if name in names[:index]:
            yield ("traces", index), f"{name!r} is named twice; give it a weight, such as {{{name}: 2}}"
    if experiment.evaluate_every is not None and not experiment.held_out_share:
        what = "nothing is held out to measure a loss on; set a held_out_share above 0, or remove this key"
        yield ("evaluate_every",), what
    published = experiment.reference_losses
    if published is not None and published.eval is not None and not experiment.held_out_share:
        what = "nothing is held out to measure a loss on; set a held_out_share above 0, or remove this reference"
        yield ("reference_losses", "eval"), what
