"""Jobs that make what models are pretrained on."""

from collections.abc import Iterator

from gradus.graph.context import Context
from gradus.graph.gate import whole_file
from gradus.graph.job import Job
from gradus.specs.corpora import MakeCorpusSpec, TrainTokenizerSpec
from gradus.study.extended import tokens_spec
from gradus.study.injection import injected_for_specs, injection_modules
from gradus.study.settings.models import Corpus, PretrainedModel

MIXED_IN = {"products", "products_called", "product_numbers"}
"""Settings of a corpus that say which documents of other kinds are among the rest."""


def tokenizer_file(context: Context, model: str) -> str:
    """Of a model that is pretrained here."""
    return f"{context.root}/tokenizers/{model}/tokenizer.json"


def corpus_jobs(context: Context) -> Iterator[Job]:
    for name, model in context.study.models.items():
        if not isinstance(model, PretrainedModel):
            continue
        corpus, tokenizer = model.corpus, tokenizer_file(context, name)
        mixing = _mixing(model)
        trained = TrainTokenizerSpec(
            vocab_size=model.architecture.vocab_size,
            corpus=Corpus(**corpus.model_dump(include=MIXED_IN)),
            tokens=tokens_spec(model.tokens),
            seed=context.seeds.tokenizer,
        )
        yield Job("train_tokenizer", f"tokenizers/{name}", tokenizer, trained, mixing)
        tokens = model.steps * model.batch_size * (model.sequence_length + 1)
        injected = corpus.model_copy(update={"inject": injected_for_specs(corpus.inject)})
        made = MakeCorpusSpec(set=name, corpus=injected, tokens=tokens, seed=context.seeds.model(name))
        reads, modules = {"tokenizer": [tokenizer]}, (*mixing, *injection_modules(corpus.inject))
        yield Job("make_corpus", f"corpora/{name}", whole_file(context, "corpora", name), made, modules, reads)


def _mixing(model: PretrainedModel) -> tuple[str, ...]:
    """The module that has documents of other kinds, where the corpus has any. Other models do not depend on it."""
    return ("gradus.traces.documents",) if model.corpus.products else ()
