"""What the modules of this room need of a study to plan its jobs: seeds, weights, and where files are."""

from dataclasses import dataclass
from functools import cached_property

from gradus.graph.origins import model_origin
from gradus.graph.prompts import prompt_of, trace_prompt
from gradus.graph.seeds import Seeds
from gradus.hub.lock import Lock
from gradus.sampling.capabilities import Service
from gradus.specs.models import Origin, ServiceModel, WeightsSpec
from gradus.specs.problems import drawn_name
from gradus.specs.prompts import PromptSpec
from gradus.study.asked import benchmarks_of
from gradus.study.lineage import Lineage, Weights
from gradus.study.prompt_injection import prompt_injections
from gradus.study.replicates import Replicates, Run
from gradus.study.schema import Study
from gradus.study.settings.experiments import AnyExperiment
from gradus.study.settings.prompts import Prompt
from gradus.study.verifiers import rows


@dataclass(frozen=True)
class Context:
    """Models, samples and scores are of training runs, tables are of experiments.

    `root` is the study's folder of results.
    """

    study: Study
    lock: Lock

    @property
    def root(self) -> str:
        return f"results/{self.study.study}"

    @cached_property
    def replicates(self) -> Replicates:
        return Replicates(self.study)

    @property
    def unrolled(self) -> Study:
        """The study with every training run in the place of its experiment."""
        return self.replicates.unrolled

    @cached_property
    def lineage(self) -> Lineage:
        """Of training runs."""
        return Lineage(self.unrolled)

    @cached_property
    def seeds(self) -> Seeds:
        return Seeds(self.study)

    @cached_property
    def rows(self) -> dict[str, AnyExperiment]:
        """The experiments that are rows of the tables."""
        return {name: self.study.experiments[name] for name in rows(self.study)}

    @cached_property
    def measured(self) -> dict[str, Run]:
        """The runs of these, by their names: they alone are asked the benchmarks' problems."""
        return {name: run for name, run in self.replicates.by_name.items() if run.experiment in self.rows}

    def asked(self, run: str) -> list[str]:
        """The benchmarks that a run is asked, in the order of the tables."""
        return benchmarks_of(self.unrolled, run)

    def first_run(self, name: str) -> str:
        """The first run of an experiment; of a model its own name."""
        return self.replicates.runs(name)[0].name if name in self.study.experiments else name

    def prompt(self, *overrides: Prompt | None) -> PromptSpec:
        """The study's prompt with these laid over it, all texts in full."""
        return prompt_of(self.study, *overrides)

    def benchmark_prompt(self, run: str, benchmark: str) -> PromptSpec:
        """What a run is asked there, with domain tokens of its model where the benchmark says so."""
        chosen = self.study.benchmarks[benchmark]
        inject = prompt_injections(self.study.models, self.lineage.root(run), chosen.inject)
        return self.prompt(chosen.prompt).model_copy(update={"inject": inject})

    def trace_prompt(self, override: Prompt | None) -> PromptSpec:
        """The same for a trace: without exchanges, whose answers the model would learn by heart."""
        return trace_prompt(self.study, override)

    # Models

    def origin(self, model: str) -> Origin | None:
        return model_origin(self.study, model, self.lock)

    def weights(self, name: str, weights: Weights) -> WeightsSpec:
        """The weights of a model or experiment, with the origin of the first model of its ancestry."""
        return WeightsSpec(dense=weights.dense, adapter=weights.adapter, origin=self.origin(self.lineage.root(name)))

    def on_service(self, service: Service | None, name: str) -> ServiceModel | None:
        """For a job on a service, which of its models a model or experiment is; None for a job that runs here."""
        model = self.lineage.root(name)
        return None if service is None else ServiceModel(model=service.offered_name(self.study.models[model]) or "")

    # Files

    def manifest(self, model: str) -> str:
        return f"{self.root}/models/{model}/model.json"

    def manifests(self, weights: Weights) -> list[str]:
        """The dense model's, then the adapter's where there is one."""
        return [self.manifest(name) for name in (weights.dense, weights.adapter) if name is not None]

    def problems(self, name: str) -> str:
        return f"{self.root}/problems/{name}.parquet"

    def benchmark_problems(self, benchmark: str) -> str:
        return self.problems(self.study.benchmarks[benchmark].problems)

    def vote_problems(self, benchmark: str) -> str:
        """All of the benchmark's, or those that are drawn for votes."""
        problems = self.study.benchmarks[benchmark].problems
        return self.problems(problems if self.study.votes.problems is None else drawn_name(problems))

    def traces(self, name: str) -> str:
        return f"{self.root}/traces/{name}.jsonl"

    def below(self, *paths: str) -> list[str]:
        return [f"{self.root}/{path}" for path in paths]
