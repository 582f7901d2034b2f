"""What each step learns from: drawn as it begins, or under overlap while the step before it is under way.

Under overlap the worker draws the first round of the next batch by weights that were pushed before it began; what
dynamic sampling asks for besides is drawn when that batch is collected, by the weights of then. All completions have
the log-probabilities of the weights that drew them. The loop and the worker never use the engine at the same time.
"""

from concurrent.futures import Future
from functools import partial
from typing import Any

from gradus.training.collecting import collect
from gradus.training.groups import Group, group_from
from gradus.training.problem_order import ProblemOrder
from gradus.training.rollouts.protocol import RolloutEngine
from gradus.training.rollouts.sampler import GroupSampler, HeldOut
from gradus.training.rollouts.worker import Worker
from gradus.training.spans import span
from gradus.training.step_batch import StepBatch

AHEAD = "ahead"
"""The key of what was drawn ahead, among what a run carries from step to step where its state is saved."""


class Rollouts:
    """Batches for the steps of a run. `carried`: see `problem_order.py`; the loop's own."""

    def __init__(
        self, engine: RolloutEngine, sampler: GroupSampler, order: ProblemOrder, carried: dict[str, Any]
    ) -> None:
        self._engine, self._sampler, self._order, self._carried = engine, sampler, order, carried
        saved = carried.pop(AHEAD, None)
        self._ahead = None if saved is None else [group_from(values) for values in saved]
        self._pending: Future[list[Group]] | None = None
        self._worker: Worker[list[Group]] | None = Worker() if order.settings.overlap else None
        self._is_pushed = False

    def collect(self) -> tuple[StepBatch, dict[str, Any]]:
        """What the next step learns from, and the metrics of everything that was drawn for it.

        Under overlap these have `staleness`: how many steps older the weights are that drew the first round.
        """
        stale = self._settled() is not None
        self._carried.pop(AHEAD, None)
        self._is_pushed = False
        batch, row = collect(self._draw, self._order, self._carried)
        if self._worker is None:
            self._engine.sleep()
            return batch, row
        return batch, row | {"staleness": int(stale)}

    def start_next(self) -> None:
        """Have the next batch drawn meanwhile, by the weights as they are now; without overlap nothing is done."""
        if self._worker is None:
            return
        # Those that `collect` will ask for: what is carried goes on only then.
        indices = self._order.next(self._order.settings.batch_size, dict(self._carried))
        self._push()
        self._pending = self._worker.submit(partial(self._draw_ahead, indices, self._carried["batches"]))

    def save_ahead(self) -> None:
        """Have what is drawn ahead among what is carried, once it all is: it would not be drawn again by weights that
        have changed. The next step would wait for it too."""
        if (groups := self._settled()) is not None:
            self._carried[AHEAD] = groups

    def measure(self, held_out: HeldOut) -> float:
        """The reward on held-out problems, of the weights as they are now."""
        self._settled()
        self._engine.push()
        reward = held_out.reward(self._engine)
        if self._worker is None:
            self._engine.sleep()
        return reward

    def close(self) -> None:
        """No further step is coming."""
        if self._worker is not None:
            self._worker.close()

    def _draw_ahead(self, indices: list[int], batch: int) -> list[Group]:
        with span("async_next_rollout"):
            return self._sampler.draw_share(self._engine, indices, batch)

    def _draw(self, indices: list[int], batch: int) -> list[Group]:
        groups, self._ahead = self._ahead, None
        if groups is None:
            self._push()
            groups = self._sampler.draw(self._engine, indices, batch)
        return groups

    def _push(self) -> None:
        if not self._is_pushed:
            self._engine.push()
            self._is_pushed = True

    def _settled(self) -> list[Group] | None:
        """What was drawn ahead, once it all is. Raises what the worker raised."""
        if self._pending is not None:
            # Ranks tell each other from the loop's thread alone, whose messages would cross the worker's.
            self._ahead, self._pending = self._sampler.ranks.gather(self._pending.result()), None
        return self._ahead
