"""Take a checkpoint of a training as a model of its own: the one after a step, or the best."""

from gradus.models.checkpoints import choose_checkpoint, copy_model, step_of
from gradus.models.describe import clear_model, write_manifest
from gradus.models.manifest import MANIFEST, Manifest
from gradus.provenance.files import read_json_lines
from gradus.provenance.job import Job, run
from gradus.specs.models import TakeCheckpointSpec


def build(job: Job[TakeCheckpointSpec]) -> None:
    settings, end, out = job.settings, job.path("end"), job.path("model").parent
    trained = Manifest.read(end.parent / MANIFEST)
    rows = read_json_lines(job.path("measured"))
    chosen = choose_checkpoint(end, rows, settings.checkpoint, settings.metric)
    job.log(f"{chosen.name} of {settings.experiment}")
    clear_model(out)
    copy_model(chosen, out)
    base = trained.folder / trained.base.folder / MANIFEST if trained.base else None
    write_manifest(out, base=base, step=step_of(chosen))


if __name__ == "__main__":
    run(build, TakeCheckpointSpec)
