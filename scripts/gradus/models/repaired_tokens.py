"""A tokenizer whose domain tokens were added as special ones, made to have them as regular ones.

Nothing else changes: ids, and what every text is read as, are the same, and decoding shows the tokens.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gradus.hub.contents import TOKENIZER
from gradus.models.added_tokens import REGULAR, TOKENIZER_CONFIG, special_tokens
from gradus.models.domain_tokens import FamilyIds
from gradus.models.tokenizer import load_tokenizer
from gradus.provenance.files import json_text, read_json

TOKEN_MAP = "special_tokens_map.json"
LISTS = ("additional_special_tokens", "extra_special_tokens")
"""Keys under which transformers names special tokens without a role: texts, or objects with a `content`."""


def repaired_files(folder: Path, families: Mapping[str, FamilyIds], changed: Mapping[str, str]) -> dict[str, str]:
    """The texts of those files of the tokenizer in `folder` that have to differ, by their names: none where all of the
    tokens are regular ones. changed: texts that take the place of files in the folder."""
    tokenizer = load_tokenizer(folder)
    regular = [family.tokens for family in families.values() if not family.reserved]
    special = {token for tokens in regular for token in special_tokens(tokenizer, tokens)}
    if not special:
        return {}
    said = json.loads(tokenizer.to_str())
    for token in said["added_tokens"]:
        if token["content"] in special:
            token |= REGULAR
    files = {TOKENIZER: json.dumps(said, indent=2, ensure_ascii=False)}
    for name in (TOKENIZER_CONFIG, TOKEN_MAP):
        if name in changed or (folder / name).is_file():
            config = json.loads(changed[name]) if name in changed else read_json(folder / name)
            _make_regular(config, special)
            files[name] = json_text(config)
    return files


def _make_regular(config: dict[str, Any], special: set[str]) -> None:
    for token in config.get("added_tokens_decoder", {}).values():
        if token["content"] in special:
            token |= REGULAR
    for key in LISTS:
        if isinstance(named := config.get(key), list):
            config[key] = [one for one in named if _text(one) not in special]


def _text(token: Any) -> str:
    return token["content"] if isinstance(token, dict) else token
