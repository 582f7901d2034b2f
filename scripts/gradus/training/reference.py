"""The model that a KL is measured against, where it is another than the one that a run starts from."""

from typing import Any

from gradus.models.opened import ModelFolders, open_model
from gradus.models.tokenizer import load_tokenizer
from gradus.provenance.errors import GradusError
from gradus.provenance.job import Job
from gradus.specs.training import GrpoSpec, TrainingSpec
from gradus.training.algorithm import load_algorithm


def asks_for_reference(settings: TrainingSpec) -> bool:
    """Whether anything compares the policy with another: a KL penalty, its guard, or a teacher."""
    if not isinstance(settings, GrpoSpec):
        return False
    return bool(settings.kl_coef or settings.kl_guard) or load_algorithm(settings.algorithm).distills


def reference_of(job: Job[Any], start: ModelFolders) -> ModelFolders | None:
    """The files of a job's reference; None where it is the start, or the job knows no KL.

    Raises GradusError where its tokens are not those of the start: the same ids would be other texts.
    """
    if not isinstance(job.settings, GrpoSpec) or job.settings.reference is None:
        return None
    reference = open_model(job.files("reference"))
    ours, theirs = (load_tokenizer(model.dense).get_vocab() for model in (start, reference))
    if ours != theirs:
        raise GradusError(
            f"{job.spec_path}: its teacher or reference_model has another tokenizer ({reference.dense}) than what is "
            f"trained ({start.dense}); name a model with the same"
        )
    return reference
