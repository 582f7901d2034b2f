"""Which weights an experiment starts from and ends with."""

from dataclasses import dataclass, replace
from typing import Any, Literal

from gradus.specs.derived import MERGED, NF4, NF4_BF16, quantized_from
from gradus.study.own_results import maker
from gradus.study.settings.training import Trained
from gradus.study.trace_checks import problem_sets
from gradus.study.writers import pass_rate_filter
from gradus.training.capabilities import network_of


@dataclass(frozen=True)
class Weights:
    """A dense model of the study, and the adapter on top of it where there is one; both are names below models/."""

    dense: str
    adapter: str | None = None

    def spec(self) -> dict[str, str | None]:
        return {"dense": self.dense, "adapter": self.adapter}


def _dequantized(dense: str, experiment: Trained) -> str:
    return quantized_from(dense) + (NF4_BF16 if experiment.bf16 else NF4)


class Lineage:
    """Answers questions about ancestry. A model is always one dense model and at most one adapter on it."""

    def __init__(self, study: Any) -> None:
        self.study = study

    def weights(self, name: str) -> Weights:
        """The weights that a model or experiment is evaluated with."""
        experiment = self.study.experiments.get(name)
        if experiment is None:
            return Weights(name)
        if experiment.stage == "none":
            return self.start(name)
        if not experiment.adapts:
            return Weights(name)
        dense = self.start(name).dense
        return Weights(_dequantized(dense, experiment) if experiment.method == "qlora" else dense, name)

    def start(self, name: str) -> Weights:
        """The weights that an experiment starts from: where its parent ended, or one of the parent's checkpoints."""
        experiment = self.study.experiments[name]
        weights = self.before_merging(name)
        if experiment.stage != "none" and experiment.adapter == "new" and weights.adapter is not None:
            weights = Weights(weights.adapter + MERGED)
        if experiment.stage != "none" and experiment.method == "qlora":
            network = network_of(experiment)
            dequantized = network is not None and network.dequantized_base
            dense = _dequantized(weights.dense, experiment) if dequantized else quantized_from(weights.dense)
            weights = replace(weights, dense=dense)
        return weights

    def reference(self, name: str) -> Weights | None:
        """What the KL of an experiment is measured against where that is not its start: its teacher, or a reference."""
        experiment = self.study.experiments[name]
        chosen = getattr(experiment, "teacher", None) or getattr(experiment, "reference_model", None)
        if chosen is None or (chosen == experiment.parent and experiment.checkpoint is None):
            return None
        weights = self.weights(chosen)
        return None if weights == self.start(name) else weights

    def before_merging(self, name: str) -> Weights:
        """Where an experiment's parent ended, or one of its checkpoints: what `adapter: new` merges."""
        experiment = self.study.experiments[name]
        weights = self.weights(experiment.parent)
        if experiment.checkpoint is None:
            return weights
        taken = self.checkpoint(name)
        return Weights(taken) if weights.adapter is None else replace(weights, adapter=taken)

    def checkpoint(self, name: str) -> str:
        """The name below models/ of the checkpoint that an experiment starts from."""
        experiment = self.study.experiments[name]
        return f"{experiment.parent}.at-{experiment.checkpoint}"

    def dequantized(self) -> dict[str, str]:
        """The models in 4 bits that the study needs as dense ones, by their names below models/: of which model."""
        used = {self.weights(name).dense for name in self.study.experiments}
        return {dense: quantized_from(dense) for dense in sorted(used) if quantized_from(dense) != dense}

    def merged(self) -> dict[str, Weights]:
        """The dense models that are merged for new adapters, by their names below models/: of what."""
        found = {}
        for name, experiment in self.study.experiments.items():
            before = self.before_merging(name)
            if experiment.stage != "none" and experiment.adapter == "new" and before.adapter is not None:
                found[before.adapter + MERGED] = before
        return dict(sorted(found.items()))

    def checkpoints(self) -> dict[str, tuple[str, int | Literal["best"]]]:
        """The checkpoints that experiments start from, by their names below models/: whose, and which."""
        experiments = self.study.experiments.values()
        chosen = {(e.parent, e.checkpoint) for e in experiments if e.checkpoint is not None}
        return {f"{parent}.at-{checkpoint}": (parent, checkpoint) for parent, checkpoint in sorted(chosen, key=str)}

    def before(self, experiment: str) -> str | None:
        """The experiment whose weights this one starts from, be it as a model that was exported; None for the first."""
        parent = self.study.experiments[experiment].parent
        if parent in self.study.experiments:
            return parent
        made = maker(self.study, "models", parent)
        return made[1] if made else None

    def root(self, name: str) -> str:
        """The model at the beginning of an experiment's ancestry."""
        while name in self.study.experiments:
            name = self.study.experiments[name].parent
        return name

    def training_problems(self) -> list[str]:
        """The problem sets that anything in the study trains on, and those that a writer is asked."""
        used = [name for traces in self.study.traces.values() for name in problem_sets(traces)]
        used += [problems.of for problems in self.study.problems.values() if pass_rate_filter(problems) is not None]
        for experiment in self.study.experiments.values():
            if experiment.stage == "grpo":
                used += experiment.sets + [experiment.held_out] * (experiment.held_out is not None)
        return sorted(set(used))
