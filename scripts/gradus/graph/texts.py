"""Jobs that make shards of the texts that models are pretrained on."""

from collections.abc import Iterator

from gradus.graph.context import Context
from gradus.graph.gate import drops, read_by, training_file
from gradus.graph.job import Job
from gradus.graph.raw_texts import raw_text, text_source
from gradus.specs.corpora import TokenizeTextSpec
from gradus.study.corpora import shards_of
from gradus.study.extended import tokens_spec
from gradus.study.injection import injected_for_specs, injection_modules
from gradus.study.settings.models import TextModel


def shards_file(context: Context, model: str) -> str:
    """The manifest of the shards that a model is pretrained on."""
    return f"{context.root}/shards/{shards_of(context.study, model)}/shards.json"


def text_jobs(context: Context) -> Iterator[Job]:
    for name, model in context.study.models.items():
        if not isinstance(model, TextModel) or shards_of(context.study, name) != name:
            continue
        text = context.study.corpora[model.text]
        settings = TokenizeTextSpec(
            text=text_source(context, model.text),
            tokens=text.tokens,
            eval_tokens=text.eval_tokens,
            inject=injected_for_specs(text.inject),
            tokenizer=model.tokenizer,
            origin=context.origin(model.tokenizer),
            vocabulary=model.architecture.vocab_size if model.tokens else 0,
            added=tokens_spec(model.tokens),
        )
        searched = read_by(context, name)
        reads = {
            "raw": raw_text(context, model.text),
            "tokenizer": [context.manifest(model.tokenizer)],
            "left_out": [training_file(context, *one) for one in searched] if drops(context) else [],
        }
        modules, obeys = injection_modules(text.inject), tuple(searched)
        yield Job("tokenize_text", f"shards/{name}", shards_file(context, name), settings, modules, reads, obeys)
