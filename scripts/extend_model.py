"""Write a model with further tokens, regular or reserved ones, and rows of the embeddings for them."""

from gradus.models.describe import clear_model, write_manifest
from gradus.models.extended import extend_model
from gradus.models.manifest import Manifest
from gradus.models.quiet import quiet
from gradus.provenance.job import Job, run
from gradus.specs.models import ExtendModelSpec


def build(job: Job[ExtendModelSpec]) -> None:
    quiet(job.optional("log"))
    settings, tokens, out = job.settings, job.settings.tokens, job.path("model").parent
    base = Manifest.read(job.path("of"))
    base.check()
    clear_model(out)
    family = extend_model(base, out, tokens.name, tokens.tokens, reserved=tokens.reserved, initial=settings.initial)
    job.log(f"{len(family.tokens)} tokens {tokens.name!r} from id {min(family.tokens.values())} on")
    write_manifest(out)


if __name__ == "__main__":
    run(build, ExtendModelSpec)
