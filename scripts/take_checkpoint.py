"""Take a checkpoint of a training as a model of its own: the one after a step, or the best."""

from gradus.models.checkpoints import choose_checkpoint, copy_model
from gradus.provenance.files import read_json_lines
from gradus.provenance.job import Job, run


def build(job: Job) -> None:
    settings = job.settings
    rows = read_json_lines(job.path("measured"))
    chosen = choose_checkpoint(job.path("end"), rows, settings["checkpoint"], settings["figure"])
    job.log(f"{chosen.name} of {settings['experiment']}")
    copy_model(chosen, job.path("model").parent)


if __name__ == "__main__":
    run(build)
