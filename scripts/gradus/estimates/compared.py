"""What was planned for a job on the device that it ran on, beside what it held."""

from gradus.estimates.assumed import with_assumed
from gradus.estimates.processes import TRANSFORMERS
from gradus.estimates.shapes import reference_shape, shape_of
from gradus.estimates.study_specs import StudySpecs
from gradus.estimates.work import is_planned, longest_prompt, planned
from gradus.provenance.errors import GradusError


def planned_bytes(study: StudySpecs, name: str, gpu_memory: int) -> int:
    """Bytes that a job was expected to hold: in tensors on a GPU of `gpu_memory` bytes, or on the host where that is 0.

    0 for jobs without a plan.
    """
    spec = study.specs.get(f"{name}.json")
    if spec is None or not is_planned(spec):
        return 0
    settings = with_assumed(study, spec).settings
    try:
        shape = shape_of(study, spec.settings.weights.dense)
    except GradusError:
        return 0  # a model whose memory is not planned is no mistake here
    reference = reference_shape(study, settings)
    memory = planned(settings, shape, longest_prompt(study, settings), gpu_memory, reference)
    return memory.tensors if gpu_memory else memory.tensors + TRANSFORMERS
