"""Write the model that adapters of QLoRA belong to: the base with the values of 4 bits, as a dense model."""

from gradus.models.quiet import quiet

# isort: split
import torch

from gradus.models.describe import clear_model, write_manifest
from gradus.models.manifest import MANIFEST
from gradus.models.nf4 import write_dequantized
from gradus.models.opened import open_model
from gradus.provenance.job import Job, run
from gradus.specs.models import DequantizeModelSpec


def build(job: Job[DequantizeModelSpec]) -> None:
    quiet(job.optional("log"))
    model = open_model(job.files("weights"))
    out = job.path("model").parent
    clear_model(out)
    metrics = write_dequantized(model.dense, out, getattr(torch, job.settings.precision))
    job.log(f"log-probabilities in 4 bits and as written: {metrics}")
    write_manifest(out, dequantized_from=model.dense / MANIFEST)


if __name__ == "__main__":
    run(build, DequantizeModelSpec)
