"""Write the documents that a pocket model is pretrained on."""

from gradus.corpora.documents import enough, write_documents
from gradus.corpora.generated import generated_chats
from gradus.models.tokenizer import load_tokenizer
from gradus.prompts.chat import ChatTemplate
from gradus.provenance.job import Job, run
from gradus.specs.corpora import MakeCorpusSpec

SPARE = 20
"""One document in so many more than the model reads, in place of those that the contamination gate may leave out."""

FEWEST_TOKENS = 10
"""Of a document."""


def build(job: Job[MakeCorpusSpec]) -> None:
    settings, folder = job.settings, job.path("tokenizer").parent
    tokens = settings.tokens + settings.tokens // SPARE
    drawn = generated_chats(tokens // FEWEST_TOKENS + 1, settings.seed, settings.corpus, job.modules)
    kept = enough(drawn, ChatTemplate.load(folder), load_tokenizer(folder), tokens)
    count = write_documents(job.path("out"), settings.set, kept)
    job.log(f"{count:,} documents of {tokens:,} tokens")


if __name__ == "__main__":
    run(build, MakeCorpusSpec)
