"""Write the model that adapters of QLoRA belong to: the base with its matrices rounded to 4 bits, as a dense model."""

from gradus.models.quiet import quiet

# isort: split
import torch

from gradus.models.nf4 import write_dequantised
from gradus.provenance.job import Job, run


def build(job: Job) -> None:
    quiet(job)
    (weights,) = job.files("weights")
    precision = getattr(torch, job.settings["precision"])
    figures = write_dequantised(weights.parent, job.path("model").parent, precision)
    job.log(f"log-probabilities in 4 bits and as written: {figures}")


if __name__ == "__main__":
    run(build)
