"""The tokenizer of a model that is pretrained on a text: another model's, with further tokens where it says so."""

from pathlib import Path

from gradus.models.added_tokens import check_tokens, files_with_tokens
from gradus.models.domain_tokens import FamilyIds, read_domain_tokens, rows_with, write_domain_tokens
from gradus.models.tokenizer import copy_tokenizer, load_tokenizer
from gradus.provenance.errors import GradusError
from gradus.provenance.files import write_text
from gradus.specs.models import TokensSpec


def write_vocabulary(folder: Path, out: Path, vocabulary: int, added: TokensSpec | None) -> int:
    """Write the tokenizer of `folder` to `out`, with `added` tokens after its own ids and the first `vocabulary`.

    Returns how many rows embeddings need. Raises GradusError where the tokenizer has one of the tokens already.
    """
    copy_tokenizer(folder, out)
    families = read_domain_tokens(folder)
    known = 1 + max(load_tokenizer(folder).get_vocab().values())
    if added is not None:
        if added.name in families:
            raise GradusError(f"{folder}: has domain tokens {added.name!r} already; give the new ones a `name`")
        family = FamilyIds.numbered(added.tokens, max(rows_with(known, families), vocabulary), added.reserved)
        written = files_with_tokens(folder, family.tokens)  # of reserved ones too, so that both are refused alike
        if not added.reserved:
            for name, text in written.items():
                write_text(out / name, text)
        families[added.name] = family
    write_domain_tokens(out, families)
    check_tokens(load_tokenizer(out), families, out)
    return rows_with(known, families)
