"""The plan of a study: its specs on disk, and the files that belong together. The Snakefile asks it, nothing else."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gradus.provenance.files import json_text, write_text
from gradus.provenance.fingerprint import fingerprint
from gradus.provenance.syntax import keep_syntax
from gradus.study.file import read_study_file
from gradus.study.lineage import Lineage, Weights
from gradus.study.local_files import files_below
from gradus.study.resolve import Spec, resolve, voted_cells
from gradus.study.schema import Study, validate
from gradus.study.unchanged import makes_the_same, write_as_old


class Plan:
    """Paths are relative to the project root, as Snakemake sees them."""

    def __init__(self, study: Study) -> None:
        self.study = study
        self.root = f"results/{study.study}"
        self.lineage = Lineage(study)
        self.specs: dict[str, Spec] = resolve(study)
        self.benchmarks = list(study.benchmarks)
        self.experiments = list(study.experiments)
        self.voted_cells = voted_cells(study)

    @classmethod
    def read(cls, path: str | Path, overrides: Mapping[str, Any] | None = None) -> "Plan":
        """Read, check and resolve a study file. Raises GradusError with every mistake that it has."""
        return cls(validate(read_study_file(path), overrides))

    def write_specs(self) -> list[str]:
        """Write the specs whose content changed, drop those of jobs that are gone, and return those that are news.

        An unchanged spec keeps its time stamp, so Snakemake sees exactly the jobs whose settings or code changed. So
        does that of a filter whose code changed, but not what it makes of the completions that are there.
        """
        folder = Path(self.root, "specs")
        codes: dict[tuple[str, ...], str] = {}
        written = []
        for name, spec in self.specs.items():
            entry = (spec["script"], *spec["modules"])
            if entry not in codes:
                codes[entry] = fingerprint(spec["script"], spec["modules"])
            spec = spec | {"fingerprint": codes[entry]}
            path, text = folder / name, json_text(spec)
            if path.is_file() and path.read_text(encoding="utf-8") == text:
                continue
            if spec["stage"] == "filter" and path.is_file():
                inputs, outputs = self._filter_files(path.stem)
                if makes_the_same(path, spec, inputs, outputs):
                    write_as_old(path, spec, [*outputs.values(), Path(self.root, "ledger", name)])
                    continue
            write_text(path, text)
            written.append(name)
        keep_syntax()
        for path in folder.rglob("*.json"):
            if path.relative_to(folder).as_posix() not in self.specs:
                os.unlink(path)
        return written

    def _filter_files(self, trace_set: str) -> tuple[dict[str, Path], dict[str, Path]]:
        """What a trace set's filter reads and writes, by role."""
        traces = Path(self.root, "traces")
        problems = Path(self.problems(self.study.traces[trace_set].problems))
        return (
            {"completions": traces / f"{trace_set}.completions.parquet", "problems": problems},
            {"out": traces / f"{trace_set}.jsonl", "summary": traces / f"{trace_set}.summary.json"},
        )

    # What a job reads, beyond its spec. The wildcards of a rule name the job.

    def source_problems(self, problem_set: str) -> list[str]:
        problems = self.study.problems[problem_set]
        return [self.problems(problems.of)] if problems.source == "subset" else []

    def raw_problems(self, problem_set: str) -> list[str]:
        """The file or folder that a published set is read from."""
        path = getattr(self.study.problems[problem_set], "path", None)
        return [] if path is None else [path]

    def raw_files(self, problem_set: str) -> list[str]:
        """The same, a folder as its files: Snakemake judges a folder by its own time stamp alone."""
        return [file for path in self.raw_problems(problem_set) for file in files_below(path)]

    def problems(self, problem_set: str) -> str:
        return f"{self.root}/problems/{problem_set}.parquet"

    def benchmark_problems(self, benchmark: str) -> str:
        return self.problems(self.study.benchmarks[benchmark].problems)

    def training_problems(self) -> list[str]:
        return [self.problems(name) for name in self.lineage.training_problems()]

    def trace_files(self, experiment: str) -> list[str]:
        return [f"{self.root}/traces/{name}.jsonl" for name in self.study.experiments[experiment].traces]

    def teacher_files(self, trace_set: str) -> list[str]:
        return self._weight_files(Weights(self.study.traces[trace_set].teacher))

    def experiment_problems(self, experiment: str) -> str:
        return self.problems(self.study.experiments[experiment].problems)

    def start_files(self, experiment: str) -> list[str]:
        """The weights that an experiment's training starts from."""
        return self._weight_files(self.lineage.start(experiment))

    def model_files(self, experiment: str) -> list[str]:
        """The weights that an experiment is sampled with."""
        return self._weight_files(self.lineage.weights(experiment))

    def tokenizer_of(self, experiment: str) -> str:
        return f"{self.root}/models/{self.lineage.root(experiment)}/tokenizer.json"

    def _weight_files(self, weights: Weights) -> list[str]:
        files = [f"{self.root}/models/{weights.dense}/model.safetensors"]
        if weights.adapter:
            files.append(f"{self.root}/models/{weights.adapter}/adapter_model.safetensors")
        return files

    # What the target rules ask for.

    def vote_tables(self) -> list[str]:
        """The tables of votes, where the study votes at all."""
        return [f"{self.root}/votes.csv", f"{self.root}/votes.md"] if self.voted_cells else []

    def ledger_entries(self) -> list[str]:
        """One entry for every job but the ledger's own and the report, which comes after it."""
        unused = {"ledger.json", "report.json"} | (set() if self.voted_cells else {"votes.json"})
        return [f"{self.root}/ledger/{name}" for name in self.specs if name not in unused]

    def trained(self, stage: str | None = None, method: str | None = None) -> list[str]:
        """Experiments that train, of one stage and method or of all."""
        return [
            name
            for name, e in self.study.experiments.items()
            if e.stage != "none" and stage in (None, e.stage) and method in (None, e.method)
        ]

    def trace_sets(self, kind: str | None = None) -> list[str]:
        return [name for name, traces in self.study.traces.items() if kind in (None, traces.kind)]

    def pattern(self, stage: str, method: str) -> str:
        """Wildcard constraint: the experiments of a stage and method; a study may have none, then nothing matches."""
        return "|".join(self.trained(stage, method)) or f"no-{stage}-{method}"

    def trace_pattern(self, kind: str) -> str:
        """Wildcard constraint: the trace sets of a kind."""
        return "|".join(self.trace_sets(kind)) or f"no-{kind}-traces"

    def all_models(self) -> list[str]:
        return [f"{self.root}/models/{name}/metrics.jsonl" for name in [*self.study.models, *self.trained()]]

    def cells(self, pattern: str, cells: list[tuple[str, str]] | None = None) -> list[str]:
        """`pattern` below the study's folder, filled with every (experiment, benchmark) of the table."""
        if cells is None:
            cells = [(e, b) for e in self.experiments for b in self.benchmarks]
        return [f"{self.root}/" + pattern.format(experiment=e, benchmark=b) for e, b in cells]
