"""What the modules of this room need of a study to plan its jobs: seeds, weights, and where files are."""

from dataclasses import dataclass
from functools import cached_property

from gradus.graph.origins import model_origin
from gradus.graph.prompts import prompt_of, trace_prompt
from gradus.hub.lock import Lock
from gradus.provenance.seeds import derive_seed
from gradus.sampling.capabilities import Service
from gradus.specs.models import Origin, ServiceModel, WeightsSpec
from gradus.specs.problems import drawn_name
from gradus.specs.prompts import PromptSpec
from gradus.study.lineage import Lineage, Weights
from gradus.study.schema import Study
from gradus.study.settings.prompts import Prompt


@dataclass(frozen=True)
class Context:
    """`root` is the study's folder of results."""

    study: Study
    lock: Lock

    @property
    def root(self) -> str:
        return f"results/{self.study.study}"

    @cached_property
    def lineage(self) -> Lineage:
        return Lineage(self.study)

    def seed(self, *names: str) -> int:
        """The seed of whatever these names name: the same wherever it is in the study file."""
        return derive_seed(self.study.seed, *names)

    def prompt(self, *overrides: Prompt | None) -> PromptSpec:
        """The study's prompt with these laid over it, all texts in full."""
        return prompt_of(self.study, *overrides)

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
