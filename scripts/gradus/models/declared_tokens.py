"""Domain tokens that a published model has already: found in its tokenizer by what the study or the model says of them,
checked, and made regular where the study asks for it."""

from collections.abc import Mapping
from pathlib import Path

from tokenizers import Tokenizer

from gradus.hub.contents import DOMAIN_TOKENS, TOKENIZER
from gradus.models.added_tokens import check_tokens
from gradus.models.domain_tokens import FamilyIds, domain_tokens_text, read_domain_tokens
from gradus.models.repaired_tokens import repaired_files
from gradus.models.tokenizer import load_tokenizer
from gradus.provenance.errors import GradusError
from gradus.specs.models import TokensSpec


def token_files(folder: Path, declared: TokensSpec | None, repair: bool, changed: Mapping[str, str]) -> dict[str, str]:
    """The texts of those files that have to differ from what is in `folder` for its domain tokens, by their names.

    changed: texts that differ for other reasons, in which further changes are made. Raises GradusError where tokens are
    missing or special, as `check_tokens` says.
    """
    there = read_domain_tokens(folder)
    tokenizer = load_tokenizer(folder)
    families = dict(there)
    if declared is not None:
        families[declared.name] = _found(folder, tokenizer, declared, there.get(declared.name))
    files = repaired_files(folder, families, changed) if repair else {}
    repaired = Tokenizer.from_str(files[TOKENIZER]) if TOKENIZER in files else tokenizer
    check_tokens(repaired, families, folder / TOKENIZER)
    if families != there:
        files[DOMAIN_TOKENS] = domain_tokens_text(families)
    return files


def _found(folder: Path, tokenizer: Tokenizer, declared: TokensSpec, recorded: FamilyIds | None) -> FamilyIds:
    """The ids of a declared family: those of the model's file, or by its tokenizer."""
    if recorded is not None:
        if recorded.reserved != declared.reserved or {*recorded.tokens} != {*declared.tokens}:
            what = f"{folder / DOMAIN_TOKENS} says other tokens of {declared.name!r} than the study"
            raise GradusError(f"{what}; remove `tokens` from the study, or correct it")
        return recorded
    if declared.reserved:
        what = f"{folder}: has no {DOMAIN_TOKENS}, which alone could say the ids of reserved tokens"
        raise GradusError(f"{what}; remove `tokens`, or set reserved: false if the tokenizer has them")
    ids: dict[str, int] = {}
    for token in declared.tokens:
        number = tokenizer.token_to_id(token)
        if number is None:
            what = f"{folder / TOKENIZER}: {token!r} of {declared.name!r} is no token of it"
            raise GradusError(f"{what}; correct `tokens`, or add them to the model as another one with `of`")
        ids[token] = number
    return FamilyIds(reserved=False, tokens=ids)
