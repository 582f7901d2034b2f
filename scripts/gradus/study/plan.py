"""The plan of a study: its specs, and the files that belong together."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from gradus.hub.contents import WEIGHTS
from gradus.hub.lock import Lock, read_lock
from gradus.study.devices import minutes, uses_gpu
from gradus.study.file import read_study_file
from gradus.study.gates import Gates
from gradus.study.hub import downloads, pin_mistakes, problem_download, trace_download
from gradus.study.lineage import Lineage, Weights
from gradus.study.own_results import own_result
from gradus.study.resolve import Spec, resolve
from gradus.study.schema import Study, validate
from gradus.study.services import sampler_of, teachers_sampler
from gradus.study.trace_checks import origin_of, problem_sets
from gradus.study.votes import voted_cells
from gradus.study.weight_files import WeightFiles


class Plan:
    """Paths are relative to the project root, as Snakemake sees them."""

    def __init__(self, study: Study, lock: Lock | None = None) -> None:
        self.study = study
        self.lock: Lock = lock or {}
        self.unpinned: list[str] = []
        """What stops a build: downloads that cannot be planned with the lock as it is, one line each."""
        self.root = f"results/{study.study}"
        self.lineage = Lineage(study)
        self.gates = Gates(study, self.root)
        self.weights = WeightFiles(study, self.lock, self.root)
        self.specs: dict[str, Spec] = resolve(study, self.lock)
        self.benchmarks = list(study.benchmarks)
        self.experiments = list(study.experiments)
        self.voted_cells = voted_cells(study)

    @classmethod
    def read(cls, path: str | Path, overrides: Mapping[str, Any] | None = None) -> "Plan":
        """Read, check and resolve a study file. Raises GradusError with every mistake that it has."""
        file = read_study_file(path)
        study = validate(file, overrides)
        lock = read_lock() if downloads(study) else {}
        mistakes = list(pin_mistakes(study, lock, f"snakemake hub_pins --configfile {path}"))
        wrong = {download.repo for download, _ in mistakes}
        plan = cls(study, {repo: pin for repo, pin in lock.items() if repo not in wrong})
        place = file.overridden(overrides or {}).place
        plan.unpinned = [f"{place(d.keys)}: {'.'.join(map(str, d.keys))}: {what}" for d, what in mistakes]
        return plan

    # What a job reads, beyond its spec. The wildcards of a rule name the job.

    def source_problems(self, problem_set: str) -> list[str]:
        problems = self.study.problems[problem_set]
        return [self.problems(problems.of)] if problems.source == "subset" else []

    def raw_problems(self, problem_set: str) -> list[str]:
        """The file or folder that a published set is read from."""
        if problem_download(self.study, problem_set):
            return [f"{self.root}/hub/problems/{problem_set}"]
        path = getattr(self.study.problems[problem_set], "path", None)
        return [] if path is None else [own_result(self.study.study, path) or path]

    def made(self, paths: list[str]) -> list[str]:
        """Those of the paths that the graph makes or fetches. What lies outside is in the specs, by its content."""
        return [path for path in paths if own_result(self.study.study, path)]

    def problems(self, problem_set: str) -> str:
        return f"{self.root}/problems/{problem_set}.parquet"

    def benchmark_problems(self, benchmark: str) -> str:
        return self.problems(self.study.benchmarks[benchmark].problems)

    def measured_problems(self) -> list[str]:
        """The problem sets of all benchmarks, each once."""
        return [self.problems(name) for name in self.gates.benchmarks()]

    def training_file(self, kind: str, name: str) -> str:
        """The whole file of a problem set or trace set, with what the gate finds in it."""
        return self.problems(name) if kind == "problems" else f"{self.root}/traces/{name}.jsonl"

    def trace_problems(self, trace_set: str) -> list[str]:
        """The problem sets that a trace set is made from."""
        return [self.problems(name) for name in problem_sets(self.study.traces[trace_set])]

    def raw_traces(self, trace_set: str) -> list[str]:
        """The file or folder that a trace set of others is read from: its own, or that of the problems it solves."""
        traces = self.study.traces[trace_set]
        if traces.kind == "solutions":
            return self.raw_problems(origin_of(self.study.problems, traces.problems) or traces.problems)
        if trace_download(self.study, trace_set):
            return [f"{self.root}/hub/traces/{trace_set}"]
        return [own_result(self.study.study, traces.path) or traces.path]

    def trace_tokenizer(self, trace_set: str) -> list[str]:
        """In whose tokens a trace set counts, where it does."""
        model = self.study.traces[trace_set].tokenizer
        return [] if model is None else [f"{self.root}/models/{model}/tokenizer.json"]

    def mixed_traces(self, trace_set: str) -> list[str]:
        return [f"{self.root}/traces/{name}.jsonl" for name in self.study.traces[trace_set].parts]

    def length_files(self) -> list[str]:
        """How long the traces are that each experiment trains on."""
        return [f"{self.root}/lengths/{name}.json" for name in self.trained("sft")]

    def teacher_files(self, trace_set: str) -> list[str]:
        return self.weights.read_by(
            teachers_sampler(self.study, trace_set), Weights(self.study.traces[trace_set].teacher)
        )

    def start_files(self, experiment: str) -> list[str]:
        """The weights that an experiment's training starts from."""
        return self.weights.read_by(self.study.experiments[experiment].backend, self.lineage.start(experiment))

    def model_files(self, experiment: str) -> list[str]:
        """The weights that an experiment ends with, as files."""
        return self.weights.read_by("", self.lineage.weights(experiment))

    def sampled_files(self, experiment: str, benchmark: str) -> list[str]:
        """The weights that an experiment is sampled with on a benchmark."""
        return self.weights.read_by(sampler_of(self.study, experiment, benchmark), self.lineage.weights(experiment))

    def held_out(self, experiment: str) -> list[str]:
        """The problem set by which an experiment's checkpoints are measured, where there is one."""
        held_out = self.study.experiments[experiment].held_out
        return [] if held_out is None else [held_out]

    def checkpoint_end(self, checkpoint: str) -> str:
        """What the training ended in that a checkpoint is from: with it, all checkpoints are there."""
        return self.model_files(self.lineage.checkpoints()[checkpoint][0])[-1]

    def checkpoint_metrics(self, checkpoint: str) -> str:
        return f"{self.root}/models/{self.lineage.checkpoints()[checkpoint][0]}/metrics.jsonl"

    def checkpoint_pattern(self, kind: Literal["adapter", "whole", "tinker"]) -> str:
        """Wildcard constraint: the checkpoints that are adapters trained here, whole models, or adapters of Tinker."""
        experiments = self.study.experiments

        def kind_of(parent: Any) -> str:
            return "whole" if parent.method == "full" else "tinker" if parent.backend == "tinker" else "adapter"

        taken = self.lineage.checkpoints().items()
        names = [name for name, (parent, _) in taken if kind_of(experiments[parent]) == kind]
        return "|".join(map(re.escape, names)) or f"no-{kind}-checkpoint"

    def rounded_from(self, name: str) -> list[str]:
        """The weights of the model that one in 4 bits is made from."""
        return self.weights.read_by("", Weights(self.lineage.rounded()[name]))

    def rounded_pattern(self) -> str:
        """Wildcard constraint: the models in 4 bits that adapters of QLoRA belong to."""
        return "|".join(map(re.escape, self.lineage.rounded())) or "no-model-in-4-bits"

    def tokenizer_of(self, experiment: str) -> str:
        return f"{self.root}/models/{self.lineage.root(experiment)}/tokenizer.json"

    def fetched_folders(self) -> list[Path]:
        """Folders of links into the hub's cache or a local folder."""
        models = [f"models/{name}" for name, model in self.study.models.items() if model.source != "pretrain"]
        problems = [f"hub/problems/{name}" for name in self.study.problems]
        traces = [f"hub/traces/{name}" for name in self.study.traces]
        return [Path(self.root, folder) for folder in [*models, *problems, *traces]]

    def model_pattern(self, *sources: str, weights: str = WEIGHTS) -> str:
        """Wildcard constraint: the models of these sources whose weights are this file."""
        names = [name for name, model in self.study.models.items() if model.source in sources]
        return "|".join(name for name in names if self.weights.name(name) == weights) or f"no-{'-'.join(sources)}"

    # What the target rules ask for.

    def vote_tables(self) -> list[str]:
        """The tables of votes, where the study votes at all."""
        return [f"{self.root}/votes.csv", f"{self.root}/votes.md"] if self.voted_cells else []

    def ledger_entries(self) -> list[str]:
        """One entry for every job but the ledger's own and the report, which comes after it."""
        unused = {"ledger.json", "report.json", "hub/pins.json"} | (set() if self.voted_cells else {"votes.json"})
        unused |= {f"export/{name}.json" for name in self.experiments}  # made only where asked for
        return [f"{self.root}/ledger/{name}" for name in self.specs if name not in unused]

    def gpus(self, spec: str) -> int:
        """How many GPUs the job of a spec asks for; `spec` is its path."""
        return int(uses_gpu(self._spec_at(spec)["settings"]))

    def minutes(self, spec: str, here: int) -> int:
        """How long the job of a spec may take that would take `here` minutes at most on this machine."""
        return minutes(self._spec_at(spec)["settings"], here)

    def _spec_at(self, path: str) -> Spec:
        return self.specs[Path(path).relative_to(Path(self.root, "specs")).as_posix()]

    def samplers(self) -> list[str]:
        """Every sampler that a job of the study asks."""
        return sorted({spec["settings"]["sampler"] for spec in self.specs.values() if "sampler" in spec["settings"]})

    def trained(self, stage: str | None = None, *methods: str) -> list[str]:
        """Experiments that train, of one stage or of all, by one of these methods or by any; "tinker" counts as one."""
        return [
            name
            for name, e in self.study.experiments.items()
            if e.stage != "none" and stage in (None, e.stage) and (not methods or _way(e) in methods)
        ]

    def trace_sets(self, *kinds: str) -> list[str]:
        """Trace sets of these kinds, or all."""
        return [name for name, traces in self.study.traces.items() if not kinds or traces.kind in kinds]

    def pattern(self, stage: str, *methods: str) -> str:
        """Wildcard constraint: the experiments of a stage and methods; a study may have none, then nothing matches."""
        return "|".join(self.trained(stage, *methods)) or f"no-{stage}-{methods[0]}"

    def trace_pattern(self, *kinds: str) -> str:
        """Wildcard constraint: the trace sets of these kinds."""
        return "|".join(self.trace_sets(*kinds)) or f"no-{'-'.join(kinds)}-traces"

    def all_models(self) -> list[str]:
        fetched = [name for name, model in self.study.models.items() if model.source != "pretrain"]
        made = [name for name in [*self.study.models, *self.trained()] if name not in fetched]
        files = [f"{self.root}/models/{name}/metrics.jsonl" for name in made]
        files += [f"{self.root}/models/{name}/{WEIGHTS}" for name in self.lineage.rounded()]
        return files + [file for name in fetched for file in self.weights.read_by("", Weights(name))]

    def cells(self, pattern: str, cells: list[tuple[str, str]] | None = None) -> list[str]:
        """`pattern` below the study's folder, filled with every (experiment, benchmark) of the table."""
        if cells is None:
            cells = [(e, b) for e in self.experiments for b in self.benchmarks]
        return [f"{self.root}/" + pattern.format(experiment=e, benchmark=b) for e, b in cells]


def _way(experiment: Any) -> str:
    """By what files a training's end is known: an adapter or a whole model, or an adapter that Tinker keeps too."""
    return "tinker" if experiment.backend == "tinker" else experiment.method
