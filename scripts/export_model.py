"""Write an experiment's model as a plain Hugging Face folder, with its adapter merged in where it has one."""

from gradus.models.checkpoints import copy_model
from gradus.models.manifest import LATENTS
from gradus.models.merge import merge_adapter
from gradus.models.opened import open_model
from gradus.models.quiet import quiet
from gradus.models.ternary_export import export_ternary
from gradus.provenance.files import write_json
from gradus.provenance.job import Job, run
from gradus.specs.models import ExportModelSpec


def build(job: Job[ExportModelSpec]) -> None:
    quiet(job.optional("log"))
    model = open_model(job.files("weights"))
    out = job.path("out")
    record = job.settings.model_dump(mode="json", exclude_defaults=True)
    if model.adapter:
        record["merge"] = merge_adapter(model.dense, model.adapter, out)
        job.log("merged; log-probabilities of adapter and merged model: {}".format(record["merge"]))
    elif (model.dense / LATENTS).is_file():
        record["ternary"] = export_ternary(model.dense, out)
        job.log(f"log-probabilities of latent and dense weights: {record['ternary']}")
    else:
        copy_model(model.dense, out)
    model.check()  # nobody exchanged it meanwhile
    write_json(out / "gradus.json", record)


if __name__ == "__main__":
    run(build, ExportModelSpec)
