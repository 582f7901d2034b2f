"""Experiments that start from a checkpoint of another one: what can be said of it before anything is trained."""

from collections.abc import Iterator
from typing import Any

from gradus.study.nearest import MOST_LISTED
from gradus.study.steps import most_steps

METRICS = {"sft": "held_out_loss", "dpo": "held_out_loss", "grpo": "held_out_reward"}
"""By which a stage's best checkpoint is known: the lowest loss, the highest reward."""


def checkpoint_mistakes(study: Any, experiment: Any) -> Iterator[str]:
    """What is wrong with an experiment's `checkpoint`. The steps of SFT and DPO follow from their
    traces: the job finds out."""
    chosen, parent = experiment.checkpoint, study.experiments.get(experiment.parent)
    if chosen is None or (parent is None and experiment.parent not in study.models):
        return
    if parent is None or parent.stage == "none":
        yield f"{experiment.parent!r} does not train and so has no checkpoints; name an experiment that does in `from`"
    elif chosen == "best" and parent.stage == "grpo" and parent.held_out is None:
        yield f"{experiment.parent!r} measures no held-out reward; give it `held_out`, a problem set"
    elif chosen == "best" and parent.stage in ("sft", "dpo") and not parent.held_out_share:
        yield f"{experiment.parent!r} measures no held-out loss; give it a held_out_share above 0"
    elif chosen != "best" and parent.stage == "grpo":
        every, steps = parent.checkpoint_every, most_steps(study, parent)
        if chosen % every or (steps is not None and chosen > steps):
            kept = range(every, (every * MOST_LISTED if steps is None else steps) + 1, every)
            some = [str(step) for step in (kept if len(kept) <= MOST_LISTED else [*kept[:4], "...", kept[-1]])]
            some += ["..."] if steps is None else []
            there = f"keeps no checkpoint after step {chosen} (kept: {', '.join(some) or 'none'})"
            yield (
                f"{experiment.parent!r} {there}; take one of these, or set its checkpoint_every, which trains it again"
            )
