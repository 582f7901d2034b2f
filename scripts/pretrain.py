"""Pretrain a small model."""

from importlib import import_module

from gradus.corpora.documents import read_documents
from gradus.models.describe import clear_model, write_manifest
from gradus.models.domain_tokens import read_domain_tokens, rows_with
from gradus.models.tokenizer import copy_tokenizer, load_tokenizer
from gradus.prompts.chat import ChatTemplate
from gradus.provenance.job import Job, run
from gradus.specs.models import PretrainSpec
from gradus.training.metrics import write_metrics
from gradus.training.torch.pretrain import UntrainedModel, pack_documents, pretrain

SPECIAL = {"eos": "im_end", "pad": "endoftext"}


def build(job: Job[PretrainSpec]) -> None:
    settings = job.settings
    out, tokenized, corpus = job.path("model").parent, job.path("tokenizer"), job.path("corpus")
    clear_model(out)
    (network,) = job.modules
    copy_tokenizer(tokenized.parent, out)
    tokenizer = load_tokenizer(out)
    shape = settings.architecture.model_dump()
    family = shape.pop("family")
    special = {f"{name}_token_id": tokenizer.token_to_id(f"<|{text}|>") for name, text in SPECIAL.items()}
    shape |= {"vocab_size": rows_with(tokenizer.get_vocab_size(), read_domain_tokens(out))} | special
    untrained_model = import_module(network).untrained_model
    model: UntrainedModel = untrained_model(family, shape, settings.seed, settings.ternary)

    rows = settings.steps * settings.batch_size
    rows_R_T = pack_documents(read_documents(corpus), ChatTemplate.load(out), tokenizer, rows, settings.sequence_length)
    parameters = sum(tensor.numel() for tensor in model.parameters.values())
    job.log(f"{parameters:,} parameters, {rows_R_T.numel():,} tokens")
    metrics = pretrain(job, model, rows_R_T, job.state_folder(tokenized, corpus), out)
    write_metrics(job.path("metrics"), metrics)
    write_manifest(out, step=metrics[-1]["step"])


if __name__ == "__main__":
    run(build, PretrainSpec)
