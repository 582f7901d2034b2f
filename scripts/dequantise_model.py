"""Write the model that adapters of QLoRA belong to: the base with its matrices rounded to 4 bits, as a dense model."""

from gradus.models.quiet import quiet

# isort: split
import torch

from gradus.models.describe import clear_model, write_manifest
from gradus.models.manifest import MANIFEST
from gradus.models.nf4 import write_dequantised
from gradus.models.opened import open_model
from gradus.provenance.job import Job, run


def build(job: Job) -> None:
    quiet(job)
    model = open_model(job.files("weights"))
    precision = getattr(torch, job.settings["precision"])
    out = job.path("model").parent
    clear_model(out)
    figures = write_dequantised(model.dense, out, precision)
    job.log(f"log-probabilities in 4 bits and as written: {figures}")
    write_manifest(out, dequantized_from=model.dense / MANIFEST)


if __name__ == "__main__":
    run(build)
