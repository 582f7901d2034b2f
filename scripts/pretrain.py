"""Pretrain a pocket model with its tokenizer."""

from importlib import import_module

from gradus.models.describe import clear_model, write_manifest
from gradus.models.tokenizer import save_tokenizer, train_tokenizer
from gradus.problems.pocket.corpus import documents
from gradus.prompts.chat import ChatTemplate
from gradus.provenance.job import Job, run
from gradus.specs.models import PretrainSpec
from gradus.training.metrics import write_metrics
from gradus.training.torch.pretrain import UntrainedModel, pack_documents, pretrain

TOKENIZER_DOCUMENTS = 20_000


def build(job: Job[PretrainSpec]) -> None:
    settings = job.settings
    out = job.path("model").parent
    clear_model(out)
    sample = documents(TOKENIZER_DOCUMENTS, settings.tokenizer_seed, flawed_share=[0.0] * 5, flaws={})
    shape = settings.architecture.model_dump()
    family = shape.pop("family")
    tokenizer = train_tokenizer((text for pair in sample for text in pair), shape["vocab_size"])
    save_tokenizer(out, tokenizer)
    special = {f"{name}_token_id": tokenizer.token_to_id(f"<|{text}|>") for name, text in SPECIAL.items()}
    shape |= {"vocab_size": tokenizer.get_vocab_size()} | special
    (network,) = job.modules
    model: UntrainedModel = import_module(network).untrained_model(family, shape, settings.seed)

    rows = settings.steps * settings.batch_size
    corpus = settings.corpus.model_dump()
    # No document is shorter than 10 tokens, so this many never run out; only as many as needed are drawn.
    most = rows * (settings.sequence_length + 1) // 10
    texts = documents(
        most, settings.seed, flawed_share=corpus["flawed_share"], flaws=corpus["flaws"], levels=corpus["levels"]
    )
    rows_R_T = pack_documents(texts, ChatTemplate.load(out), tokenizer, rows, settings.sequence_length)
    parameters = sum(tensor.numel() for tensor in model.parameters.values())
    job.log(f"{parameters:,} parameters, {rows_R_T.numel():,} tokens")
    metrics = pretrain(job, model, rows_R_T, job.state_folder(), out)
    write_metrics(job.path("metrics"), metrics)
    write_manifest(out, step=metrics[-1]["step"])


SPECIAL = {"eos": "im_end", "pad": "endoftext"}

if __name__ == "__main__":
    run(build, PretrainSpec)
