"""How many tokens a model takes, prompt and answer together."""

from pathlib import Path

from gradus.models.config_names import decoder_config
from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json


def positions(folder: Path, context: int | None = None) -> int:
    """What a model's config says, or less where a service that holds it has `context` only.

    Raises GradusError where neither says it.
    """
    known = [number for number in (_own(folder), context) if number]
    if not known:
        raise GradusError(f"{folder / 'config.json'}: names no max_position_embeddings, nor does the service: add it")
    return min(known)


def expect_room(folder: Path, tokens: int) -> None:
    """Raises GradusError where the model in the folder has fewer positions than a text that it is to be trained on."""
    most = _own(folder)
    if most is not None and tokens > most:
        what = f"the longest text to train on has {tokens:,} tokens, and {folder.name} takes {most:,}"
        raise GradusError(f"{what} (max_position_embeddings): set max_length to {most} or less")


def _own(folder: Path) -> int | None:
    return decoder_config(read_json(folder / "config.json")).get("max_position_embeddings")
