"""The contamination gate in the graph: which sets are trained on, and what stands between them and training.

Every such set gets a verdict, which training and sampling obey. It is no input that their results are made of, so it
comes before them in time alone, as rules/gate.smk says: a new benchmark, which every training set has to be searched
for, retrains nothing. Where overlaps are dropped, training reads the sets without them.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from gradus.provenance.records import Damaged, read_record
from gradus.study.lineage import Lineage
from gradus.study.schema import Study
from gradus.study.trace_checks import problem_sets

TrainingSet = tuple[str, str]
"""problems or traces, and the name of the set."""


class Gates:
    """Paths are relative to the project root; `root` is the study's folder of results."""

    def __init__(self, study: Study, root: str) -> None:
        self._study = study
        self._root = root
        self._lineage = Lineage(study)
        self.drops = study.contamination.policy == "drop"

    def training_sets(self) -> list[TrainingSet]:
        """All that anything in the study is trained on, problems of distilled traces included."""
        problems = [("problems", name) for name in self._lineage.training_problems()]
        return problems + [("traces", name) for name in self._study.traces]

    def searched_problems(self) -> list[TrainingSet]:
        return [one for one in self.training_sets() if one[0] == "problems"]

    def gated_sets(self) -> list[TrainingSet]:
        """The sets that something waits for: training, or a teacher that is asked them. A mix is gated as a whole."""
        asked = {one for name in self._study.traces for one in self.asked(name)}
        return [one for one in self.training_sets() if one in asked | self._trained_on()]

    def _trained_on(self) -> set[TrainingSet]:
        return {one for name in self._study.experiments for one in self.own(name)}

    def benchmarks(self) -> list[str]:
        """The problem sets that the study measures on, each once."""
        return list(dict.fromkeys(benchmark.problems for benchmark in self._study.benchmarks.values()))

    def specs(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Path, stage and settings of every job of the gate."""
        chosen = self._study.contamination
        shares = {"8": chosen.share_of_8_grams, "13": chosen.share_of_13_grams}
        common = {"benchmarks": self.benchmarks(), "shares": shares}
        for kind, name in self.training_sets():
            yield f"contamination/{kind}/{name}.json", "overlaps", common | {"kind": kind, "set": name}
        for kind, name in self.gated_sets():
            yield f"contamination/{kind}/{name}.gate.json", "gate", {"policy": chosen.policy}
            # A teacher may be asked anything: what it answers is cleaned after.
            if self.drops and (kind, name) in self._trained_on():
                suffix = "parquet" if kind == "problems" else "jsonl"
                yield f"contamination/{kind}/{name}.clean.{suffix}.json", "clean", {}
        yield "contamination/benchmarks.json", "shared", common
        yield "contamination.json", "contamination", {"policy": chosen.policy, "shares": shares}

    def own(self, experiment: str) -> list[TrainingSet]:
        """What an experiment trains on itself, or chooses its checkpoints by."""
        settings = self._study.experiments[experiment]
        if settings.stage == "sft":
            return [("traces", name) for name in settings.traces]
        if settings.stage != "grpo":
            return []
        return [("problems", name) for name in (settings.problems, settings.held_out) if name is not None]

    def seen_by(self, experiment: str) -> list[TrainingSet]:
        """What an experiment's weights were trained on in this study."""
        seen: list[TrainingSet] = []
        while experiment is not None:
            seen += self.own(experiment)
            experiment = self._lineage.before(experiment)
        return sorted(set(seen))

    def found(self, sets: list[TrainingSet] | None = None) -> list[str]:
        """What was found in these sets, or in all."""
        sets = self.training_sets() if sets is None else sets
        return [f"{self._root}/contamination/{kind}/{name}.json" for kind, name in sets]

    def asked(self, trace_set: str) -> list[TrainingSet]:
        """What a trace set's teacher is asked."""
        traces = self._study.traces[trace_set]
        return [("problems", name) for name in problem_sets(traces)] if traces.kind == "distilled" else []

    def cleaned(self) -> list[str]:
        """The sets without their overlaps, where these are dropped."""
        suffixes = {"problems": "parquet", "traces": "jsonl"}
        sets = sorted(self._trained_on()) if self.drops else []
        return [f"{self._root}/{kind}/{name}.clean.{suffixes[kind]}" for kind, name in sets]

    def verdicts(self, sets: list[TrainingSet]) -> list[str]:
        """Whether these sets may be trained on."""
        return [f"{self._root}/contamination/{kind}/{name}.gate.json" for kind, name in sets]


def is_current(output: str, spec: str | None, entry: str, inputs: Iterable[str]) -> bool:
    """Whether a job's output is there, made by the spec of this SHA-256 (None: by any), and no older than its inputs.

    Asked for while Snakemake makes its graph, where an exception would count as done: what cannot be read is not
    current.
    """
    try:
        record, made = read_record(Path(entry)), os.stat(output).st_mtime_ns
        if record is None or spec not in (None, record.spec):
            return False
        return all(os.stat(file).st_mtime_ns <= made for file in inputs)
    except (Damaged, OSError):
        return False
