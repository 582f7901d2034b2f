"""Tokenise a text to shards, with the domain tokens of the model that reads it."""

import os

from gradus.corpora.shards import Shards, id_type
from gradus.corpora.texts import TextFiles
from gradus.corpora.tokenising import Done, Tokeniser, Wanted, place_shards, tokenise
from gradus.corpora.vocabulary import write_vocabulary
from gradus.models.manifest import MANIFEST, Manifest
from gradus.models.opened import open_tokenizer
from gradus.models.tokenizer import load_tokenizer
from gradus.provenance.files import read_json
from gradus.provenance.job import Job, run
from gradus.specs.corpora import TokenizeTextSpec
from gradus.vocabulary.inject import injector
from gradus.vocabulary.named import token_family


def build(job: Job[TokenizeTextSpec]) -> None:
    settings, out = job.settings, job.path("out").parent
    # Snakemake says how many threads the job has; a tokenizer's own are as many.
    os.environ |= {"TOKENIZERS_PARALLELISM": "true", "RAYON_NUM_THREADS": os.environ["OMP_NUM_THREADS"]}
    given, left_out = job.path("tokenizer"), job.optional("left_out")
    (out / "shards.json").unlink(missing_ok=True)
    rows = write_vocabulary(open_tokenizer(given), out, settings.vocabulary, settings.added)
    ends = Manifest.read(given.parent / MANIFEST).ends
    dropped = read_json(left_out)["rows"] if left_out else []
    wanted = Wanted(settings.tokens, settings.eval_tokens, frozenset(row - 1 for row in dropped))
    injected = token_family(settings.inject).tokens if settings.inject else ()
    tokeniser = Tokeniser(load_tokenizer(out), ends[0], rows, injector(settings.inject), injected)
    files = TextFiles.at(job.path("raw"), settings.text.column, settings.text.separator)
    state = job.state_folder(given, *([left_out] if left_out else []))
    start = Done.load(state).tokens("train")
    with job.progress(settings.tokens, "tokens", start) as progress:
        done = tokenise(
            files, wanted, tokeniser, state, lambda done: progress.update(done.tokens("train") - progress.done)
        )
    place_shards(done, state, out)
    shards = Shards(
        dtype=id_type(rows),
        rows=rows,
        ends=ends,
        documents=done.next.document,
        left_out=sum(number < done.next.document for number in wanted.left_out),
        injected=done.injected,
        train=done.shards["train"],
        eval=done.shards["eval"],
    )
    shards.write(out)
    job.count_tokens(read=shards.tokens("train") + shards.tokens("eval"))
    job.log(f"{shards.documents:,} documents, {shards.left_out:,} left out, {shards.injected:,} domain tokens")


if __name__ == "__main__":
    run(build, TokenizeTextSpec)
