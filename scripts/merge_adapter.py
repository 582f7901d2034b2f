"""Write what an adapter and its base are together as a dense model, on which another adapter is trained."""

from gradus.models.describe import clear_model, write_manifest
from gradus.models.merge import merge_adapter
from gradus.models.opened import open_model
from gradus.models.quiet import quiet
from gradus.provenance.errors import GradusError
from gradus.provenance.job import Job, run
from gradus.specs.models import MergeAdapterSpec


def build(job: Job[MergeAdapterSpec]) -> None:
    quiet(job.optional("log"))
    model = open_model(job.files("weights"))
    if model.adapter is None:
        raise GradusError(f"{job.spec_path}: --weights names one model; give an adapter after it")
    out = job.path("model").parent
    clear_model(out)
    metrics = merge_adapter(model.dense, model.adapter, out)
    job.log(f"log-probabilities of adapter and merged model: {metrics}")
    model.check()  # nobody exchanged it meanwhile
    write_manifest(out)


if __name__ == "__main__":
    run(build, MergeAdapterSpec)
