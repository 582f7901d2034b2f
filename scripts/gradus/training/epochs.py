"""Which rows each step of a supervised fine-tuning learns. Estimates count steps by it, so it imports no torch."""

import math
from dataclasses import dataclass

from gradus.provenance.errors import GradusError
from gradus.specs.training import SftSpec
from gradus.training.order import epoch_order


@dataclass(frozen=True)
class Epochs:
    """Passes over `rows` rows, each in an order of its own. Steps are counted from 0.

    drop_last: an epoch's last batch is left out where it is smaller than `batch_size`.
    evaluate_every: steps between two measurements of the held-out loss, besides the one after each epoch.
    """

    rows: int
    batch_size: int
    count: int
    drop_last: bool = False
    evaluate_every: int | None = None
    seed: int = 0

    @classmethod
    def of(cls, settings: SftSpec, rows: int) -> "Epochs":
        """Raises GradusError where no batch is left to train on."""
        epochs = cls.planned(settings, rows)
        if not epochs.steps_each:
            what = f"drop_last leaves out all of {rows} rows, as a batch has {settings.batch_size}"
            raise GradusError(f"{what}; lower batch_size, or set drop_last: false")
        return epochs

    @classmethod
    def planned(cls, settings: SftSpec, rows: int) -> "Epochs":
        """The same for a number of rows that is an estimate, and may be too small."""
        chosen = settings.batch_size, settings.epochs, settings.drop_last, settings.evaluate_every, settings.seed
        return cls(rows, *chosen)

    @property
    def steps_each(self) -> int:
        """Of an epoch."""
        return self.rows // self.batch_size if self.drop_last else -(-self.rows // self.batch_size)

    @property
    def steps(self) -> int:
        """Of all epochs."""
        return self.steps_each * self.count

    @property
    def rows_each(self) -> int:
        """Rows that an epoch learns."""
        return min(self.rows, self.steps_each * self.batch_size)

    @property
    def measurements(self) -> int:
        """Of the held-out loss."""
        if self.evaluate_every is None or not self.steps_each:
            return self.count
        both = self.steps // math.lcm(self.evaluate_every, self.steps_each)
        return self.count + self.steps // self.evaluate_every - both

    def rows_of(self, step: int) -> tuple[int, ...]:
        """The indices of the rows of a step."""
        epoch, within = divmod(step, self.steps_each)
        order = epoch_order(self.rows, self.seed, epoch)
        return order[within * self.batch_size : (within + 1) * self.batch_size]

    def done_after(self, step: int) -> float:
        """How many epochs are done after a step."""
        return (step + 1) / self.steps_each

    def ends_with(self, step: int) -> bool:
        """Whether a step is an epoch's last one."""
        return (step + 1) % self.steps_each == 0

    def measures_after(self, step: int) -> bool:
        """Whether the held-out loss is measured after a step."""
        every = self.evaluate_every
        return self.ends_with(step) or (every is not None and (step + 1) % every == 0)
