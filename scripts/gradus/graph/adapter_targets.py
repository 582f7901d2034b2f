"""Checks of adapters against the models that they are trained on, where planning knows their shapes: the matrices that
they name, and the samplers that have to read them.
"""

from collections.abc import Iterator
from typing import Any

from gradus.estimates.shape import Shape
from gradus.estimates.shapes import shape_of
from gradus.estimates.study_specs import StudySpecs
from gradus.provenance.errors import GradusError
from gradus.sampling.capabilities import sampler_capabilities
from gradus.study.asked import benchmarks_of
from gradus.study.lineage import Lineage
from gradus.study.mistakes import Mistake
from gradus.study.replicates import Replicates
from gradus.study.services import sampler_of
from gradus.study.verifiers import rows
from gradus.training.rollouts.planning import writes_by_vllm


def target_mistakes(study: Any, replicates: Replicates, specs: StudySpecs) -> Iterator[Mistake]:
    lineage, shown = Lineage(replicates.unrolled), rows(study)
    for name, experiment in study.experiments.items():
        weights = lineage.weights(replicates.runs(name)[0].name)
        if weights.adapter is None:
            continue
        try:
            shape = shape_of(specs, weights.dense)
        except GradusError:  # not known before its files are there
            continue
        if getattr(experiment, "adapts", False):
            yield from _targets(name, experiment, shape)
            drawn_by_vllm = experiment.stage == "grpo" and writes_by_vllm(study)
            if drawn_by_vllm and shape.layout in sampler_capabilities("vllm").no_adapters:
                what = f"vLLM, which writes its rollouts, has no adapters for a {shape.layout}"
                yield ("experiments", name, "method"), f"{what}; set rollouts.engine: transformers, or method: full"
        asked = benchmarks_of(study, name) if name in shown else ()
        for sampler in dict.fromkeys(sampler_of(study, name, benchmark) for benchmark in asked):
            if shape.layout in sampler_capabilities(sampler).no_adapters:
                what = f"{sampler} has no adapters for a {shape.layout}"
                yield ("experiments", name, "sampler"), f"{what}; set sampler: transformers, or method: full"


def _targets(name: str, experiment: Any, shape: Shape) -> Iterator[Mistake]:
    if experiment.lora.targets == "all-linear":
        return
    if unknown := sorted(set(experiment.lora.targets) - set(shape.targets)):
        what = f"the model has no {', '.join(unknown)}; take some of {', '.join(shape.targets)}, or all-linear"
        yield ("experiments", name, "lora", "targets"), what
