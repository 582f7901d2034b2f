"""An experiment's optimizer steps: how many there are, and how many rows, pairs or problems each of them has."""

from collections.abc import Iterator
from typing import Any

from gradus.study.settings.base import MOST_ROWS_AT_ONCE, KeyPath, Mistake, in_digits
from gradus.study.settings.dpo import Dpo
from gradus.study.settings.grpo import Grpo
from gradus.study.settings.training import Sft, Trained
from gradus.study.sizes import most_problems
from gradus.training.capabilities import backend_capabilities
from gradus.training.steps import steps_of


def whole_batch(experiment: Sft | Dpo | Grpo) -> int:
    """Rows, pairs or problems of an optimizer step."""
    return experiment.batch_size * experiment.accumulate


def resolved_steps(experiment: Trained) -> dict[str, Any]:
    """Settings that specs state differently from the study: `batch_size` is that of a whole step, `micro_batch` is what
    a backend that splits batches takes at a time, and `steps` is a number where it does not depend on the number of
    problems."""
    assert isinstance(experiment, Sft | Dpo | Grpo)  # what is trained
    resolved: dict[str, Any] = {"batch_size": whole_batch(experiment)}
    if isinstance(experiment, Grpo):
        resolved["steps"] = steps_of(experiment, None)
    splits = "micro_batch" not in backend_capabilities(experiment.backend).ignored
    if experiment.accumulate > 1 and experiment.micro_batch is None and splits:
        each = experiment.group_size if isinstance(experiment, Grpo) else 1
        resolved["micro_batch"] = experiment.batch_size * each
    return resolved


def most_steps(study: Any, experiment: Grpo) -> int | None:
    """How many steps a run can have at most: the contamination gate may drop problems. None where that depends on a
    number of problems that is not known."""
    whole = experiment.model_copy(update={"batch_size": whole_batch(experiment)})
    problems = None if len(experiment.sets) > 1 else most_problems(study, experiment.sets[0])
    return steps_of(whole, problems)


def problems_of(experiment: Grpo) -> Iterator[tuple[KeyPath, str]]:
    """The problem sets that an experiment names to train on, each with its place in the experiment."""
    if isinstance(experiment.problems, str):
        yield ("problems",), experiment.problems
    else:
        yield from ((("problems", place, "set"), phase.set) for place, phase in enumerate(experiment.problems))


def step_mistakes(study: Any, experiment: Any) -> Iterator[Mistake]:
    """What is wrong with the steps that an experiment asks for."""
    if not isinstance(experiment, Sft | Dpo | Grpo):
        return
    batch = whole_batch(experiment)
    if batch > MOST_ROWS_AT_ONCE:
        what = f"makes a batch of {in_digits(batch)} with batch_size, and the most is {in_digits(MOST_ROWS_AT_ONCE)}"
        yield ("accumulate",), f"{what}; lower one of them"
    if not isinstance(experiment, Grpo):
        return
    if not isinstance(experiment.problems, str):
        for key in ("steps", "epochs"):
            if getattr(experiment, key) is not None:
                yield (key,), f"follows from the steps of the sets in `problems`; remove it there, or set {key}: null"
    elif experiment.epochs is not None and experiment.steps is not None:
        yield ("epochs",), f"takes the place of steps, which is {experiment.steps}; set steps: null, or remove this key"
    for keys, name in problems_of(experiment) if experiment.drop_last else ():
        size = most_problems(study, name)
        if size is not None and size < batch:
            what = f"{name!r} has {in_digits(size)} problems, which fill no batch of {in_digits(batch)}"
            yield keys, f"{what}, and drop_last leaves out smaller ones; lower batch_size, or set drop_last: false"
