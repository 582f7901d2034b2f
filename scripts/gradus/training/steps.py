"""How many steps a reinforcement learning has. Nothing here imports torch: planning knows it too."""

from gradus.study.settings.grpo import GrpoTraining

USUAL_STEPS = 100
"""Where no setting says."""


def steps_of(settings: GrpoTraining, problems: int | None) -> int | None:
    """Of a run on a set of so many problems; None where it takes their number, and that is not known.

    `settings.batch_size` is that of a whole step. 0: no batch is full, and others are dropped.
    """
    if not isinstance(settings.problems, str):
        return sum(phase.steps for phase in settings.problems)
    if settings.epochs is None:
        return settings.steps or USUAL_STEPS
    if problems is None:
        return None
    if settings.drop_last:
        return settings.epochs * (problems // settings.batch_size)
    return -(-settings.epochs * problems // settings.batch_size)
