"""Train the tokenizer of a model that is pretrained in the graph."""

from gradus.corpora.generated import tokenizer_chats
from gradus.models.added_tokens import with_family
from gradus.models.domain_tokens import FamilyIds, write_domain_tokens
from gradus.models.tokenizer import save_tokenizer, train_tokenizer
from gradus.provenance.job import Job, run
from gradus.specs.corpora import TrainTokenizerSpec


def build(job: Job[TrainTokenizerSpec]) -> None:
    settings = job.settings
    chats = tokenizer_chats(settings.seed, settings.corpus, job.modules)
    tokenizer = train_tokenizer((turn["content"] for chat in chats for turn in chat), settings.vocab_size)
    out, families = job.path("out").parent, {}
    if settings.tokens is not None:
        own = FamilyIds.numbered(settings.tokens.tokens, tokenizer.get_vocab_size(), settings.tokens.reserved)
        tokenizer = with_family(tokenizer, own)
        families[settings.tokens.name] = own
    write_domain_tokens(out, families)
    save_tokenizer(out, tokenizer)
    job.log(f"{tokenizer.get_vocab_size()} tokens")


if __name__ == "__main__":
    run(build, TrainTokenizerSpec)
