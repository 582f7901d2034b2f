"""Pretrain a model on a text, which is there as shards of token ids."""

from importlib import import_module
from pathlib import Path
from typing import Any

from gradus.corpora.shards import Shards
from gradus.models.chat_files import GENERATION_CONFIG
from gradus.models.describe import clear_model, write_manifest
from gradus.models.quiet import quiet
from gradus.models.tokenizer import copy_tokenizer
from gradus.provenance.files import read_json, write_json
from gradus.provenance.job import Job, run
from gradus.provenance.rank_job import hand_over, is_rank, work_in_ranks
from gradus.specs.models import PretrainTextSpec
from gradus.training.backend import RANKS, granted_ranks
from gradus.training.metrics import write_metrics


def build(job: Job[PretrainTextSpec]) -> None:
    shards_file, out = job.path("shards"), job.path("model").parent
    shards = Shards.read(shards_file)
    if is_rank():
        hand_over(job, trained(job, shards, job.state_folder(), out))
        import_module(RANKS).Ranks.leave()
        return
    quiet(job.optional("log"))
    shards.check(shards_file.parent)
    clear_model(out)
    state, gpus = job.state_folder(shards_file), job.settings.gpus
    rows = work_in_ranks(job, granted_ranks(job, gpus), state) if gpus > 1 else trained(job, shards, state, out)
    copy_tokenizer(shards_file.parent, out)
    generation = read_json(out / GENERATION_CONFIG)
    write_json(out / GENERATION_CONFIG, generation | {"eos_token_id": shards.ends})
    write_metrics(job.path("metrics"), rows)
    write_manifest(out, step=job.settings.steps)


def trained(job: Job[PretrainTextSpec], shards: Shards, state: Path, out: Path) -> list[dict[str, Any]]:
    """Of a process alone, or a rank: the rows of metrics.jsonl."""
    loop, network = map(import_module, job.modules)
    shape = job.settings.architecture.model_dump()
    family, rows = shape.pop("family"), max(shape["vocab_size"], shards.rows)
    shape |= {"vocab_size": rows, "eos_token_id": shards.ends[0], "pad_token_id": None}  # no row is padded
    made = network.untrained_model(family, shape, job.settings.seed, ternary=False)
    return loop.pretrain_text(job, made.model, shards, job.path("shards").parent, state, out)


if __name__ == "__main__":
    run(build, PretrainTextSpec)
