"""Make a model of a nanoGPT checkpoint, with the tokenizer and the chat of another model; compare it with that."""

from pathlib import Path

from safetensors.torch import save

from gradus.hub.contents import CONFIG, WEIGHTS
from gradus.models.chat_files import GENERATION_CONFIG, ChatSettings, chat_files
from gradus.models.describe import clear_model, write_manifest
from gradus.models.domain_tokens import read_domain_tokens
from gradus.models.manifest import MANIFEST, Manifest
from gradus.models.nanogpt import read_checkpoint
from gradus.models.nanogpt_parity import check_export
from gradus.models.opened import open_tokenizer
from gradus.models.quiet import quiet
from gradus.models.tokenizer import copy_tokenizer, load_tokenizer
from gradus.provenance.errors import GradusError
from gradus.provenance.files import replacing, write_json, write_text
from gradus.provenance.job import Job, run
from gradus.specs.models import ImportNanogptSpec


def build(job: Job[ImportNanogptSpec]) -> None:
    quiet(job.optional("log"))
    settings, out = job.settings, job.path("model").parent
    checkpoint = read_checkpoint(Path(settings.checkpoint.path))
    tokens = open_tokenizer(job.path("tokenizer"))
    ends = Manifest.read(tokens / MANIFEST).ends
    reserved = (family.tokens.values() for family in read_domain_tokens(tokens).values())
    known = 1 + max(*load_tokenizer(tokens).get_vocab().values(), *(one for ids in reserved for one in ids))
    if known > checkpoint.sizes.vocab_size:
        what = (
            f"{checkpoint.path}: has {checkpoint.sizes.vocab_size:,} tokens, the tokenizer of {tokens.name!r} {known:,}"
        )
        raise GradusError(f"{what}; set `tokenizer` to the model whose tokens it was trained on")
    clear_model(out)
    copy_tokenizer(tokens, out)
    config = checkpoint.sizes.config(settings.gelu, checkpoint.tied)
    ids = {"bos_token_id": ends[0], "eos_token_id": ends[0]}
    write_json(out / CONFIG, {"architectures": ["GPT2LMHeadModel"], "dtype": "float32"} | config | ids)
    write_json(out / GENERATION_CONFIG, ids | {"eos_token_id": ends})
    with replacing(out / WEIGHTS) as temporary:
        temporary.write_bytes(save(checkpoint.exported(), metadata={"format": "pt"}))
    difference = check_export(checkpoint, out, settings.gelu)
    for name, text in chat_files(out, ChatSettings.of(settings.chat.model_dump(mode="json"))).items():
        write_text(out / name, text)
    write_manifest(out)
    job.log(
        f"{len(checkpoint.weights)} weights; log-probabilities differ from the checkpoint's by {difference:.2g} nats"
    )


if __name__ == "__main__":
    run(build, ImportNanogptSpec)
