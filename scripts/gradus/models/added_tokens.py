"""Domain tokens in a tokenizer: added as regular tokens, and checked.

Regular, as decoding drops special ones (`skip_special_tokens`): the answers of a model with special tokens look as if
it never wrote them, and no count of its texts is right.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from tokenizers import Tokenizer

from gradus.hub.contents import TOKENIZER
from gradus.models.domain_tokens import FamilyIds
from gradus.models.tokenizer import load_tokenizer
from gradus.provenance.errors import GradusError
from gradus.provenance.files import json_text, read_json

TOKENIZER_CONFIG = "tokenizer_config.json"

REGULAR = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": False}
"""Of a token that is found wherever its text is, as it is, and that decoding never leaves out."""


def with_tokens(tokenizer: Tokenizer, ids: Mapping[str, int]) -> Tokenizer:
    """The tokenizer with these further tokens, by their ids, as regular ones. There may be a gap before the first id.

    Raises GradusError for a text that is a token already, and where the tokenizer cannot have the ids.
    """
    for token in ids:
        if tokenizer.token_to_id(token) is not None:
            what = f"{token!r} is token {tokenizer.token_to_id(token)} of the model already"
            raise GradusError(f"{what}; leave it out, or take another text")
    said = json.loads(tokenizer.to_str())
    said["added_tokens"] += [{"id": number, "content": token, **REGULAR} for token, number in ids.items()]
    vocabulary = said["model"]["vocab"]
    if isinstance(vocabulary, dict):
        # Added tokens that the vocabulary lacks are numbered from its size on, whatever the file says of their ids.
        vocabulary |= {token["content"]: token["id"] for token in said["added_tokens"]}
    made = Tokenizer.from_str(json.dumps(said))
    known, wanted = made.get_vocab(), {**tokenizer.get_vocab(), **ids}
    if known != wanted:
        token, number = next(item for item in wanted.items() if known.get(item[0]) != item[1])
        what = f"{token!r} would be token {known.get(token)} and not {number}"
        kind = f"a tokenizer of type {said['model'].get('type', 'unknown')} has no gap before added tokens"
        raise GradusError(f"{what}: {kind}; start from a model with as many embeddings as tokens")
    return made


def with_family(tokenizer: Tokenizer, family: FamilyIds) -> Tokenizer:
    """The tokenizer of a model with this family: the same where its tokens are only reserved.

    Raises GradusError as `with_tokens`, of reserved ones too, so that a model and its baseline are refused alike.
    """
    made = with_tokens(tokenizer, family.tokens)
    return tokenizer if family.reserved else made


def files_with_tokens(folder: Path, ids: Mapping[str, int]) -> dict[str, str]:
    """The texts of those files of the tokenizer in `folder` that are others with these further tokens, by their names.

    transformers takes the added tokens of tokenizer_config.json in place of those of tokenizer.json, where it has any.
    Raises GradusError as `with_tokens`, naming the folder.
    """
    try:
        made = with_tokens(load_tokenizer(folder), ids)
    except GradusError as error:
        raise GradusError(f"{folder / TOKENIZER}: {error}") from None
    config = read_json(folder / TOKENIZER_CONFIG)
    files = {TOKENIZER: made.to_str(pretty=True)}
    if "added_tokens_decoder" in config:
        config["added_tokens_decoder"] |= {str(ids[token]): {"content": token, **REGULAR} for token in ids}
        files[TOKENIZER_CONFIG] = json_text(config)
    return files


def check_tokens(tokenizer: Tokenizer, families: Mapping[str, FamilyIds], where: str | Path) -> None:
    """Raises GradusError where the tokenizer does not read and write the tokens by their ids, or knows reserved ones.

    One line that says which token is special, has another id, or is split; `where` names the tokenizer.
    """
    for name, family in families.items():
        if family.reserved:
            _check_reserved(tokenizer, name, family, where)
            continue
        if special := special_tokens(tokenizer, family.tokens):
            first = next(iter(special))
            more = f" and {len(special) - 1} more of {name!r} are special tokens"
            what = more if len(special) > 1 else f" of {name!r} is a special token"
            raise GradusError(
                f"{where}: {first!r} (id {special[first]}){what}, which decoding leaves out, so that no text shows it; "
                "set repair_tokens: true of the model"
            )
        for token, number in family.tokens.items():
            ids = tokenizer.encode(token, add_special_tokens=False).ids
            if ids != [number]:
                what = f"is read as {ids}" if len(ids) < 8 else f"is split into {len(ids)} tokens"
                raise GradusError(f"{where}: {token!r} of {name!r} {what}, not as token {number}; correct the tokens")


def special_tokens(tokenizer: Tokenizer, ids: Mapping[str, int]) -> dict[str, int]:
    """Those of the tokens that the tokenizer has as special ones."""
    added = tokenizer.get_added_tokens_decoder()
    return {token: number for token, number in ids.items() if number in added and added[number].special}


def _check_reserved(tokenizer: Tokenizer, name: str, family: FamilyIds, where: str | Path) -> None:
    for token, number in family.tokens.items():
        known = tokenizer.token_to_id(token)
        if known is not None or tokenizer.id_to_token(number) is not None:
            what = f"{token!r} of {name!r} is reserved, and the tokenizer knows it or its id, {number}"
            raise GradusError(f"{where}: {what}; set reserved: false, or take it out of tokenizer.json")
