"""The learning-rate schedule, as a function that the scheduler saves and restores with its state."""

from gradus.specs.training import TrainingSpec
from gradus.training.schedule import learning_rate_factor


class LearningRateSchedule:
    """Factor on the peak learning rate at an optimizer step, counted from 0.

    steps: batches of the whole run; per_batch: optimizer steps on each. `guard` is the factor of KL spikes;
    torch's LambdaLR keeps the attributes of a callable object in its state, so a resumed run has it too.
    """

    def __init__(self, settings: TrainingSpec, steps: int, per_batch: int = 1) -> None:
        self.steps, self.per_batch, self.schedule = steps, per_batch, settings.schedule
        self.warmup_steps, self.floor = round(steps * settings.warmup_share), settings.decay_to
        self.guard = 1.0

    def __call__(self, optimizer_step: int) -> float:
        batch = optimizer_step // self.per_batch
        return self.guard * learning_rate_factor(batch, self.steps, self.schedule, self.warmup_steps, self.floor)
