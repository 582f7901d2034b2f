"""The tokens that end an answer, as a model's files name them."""

from pathlib import Path

from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json


def stop_ids(folder: Path) -> list[int]:
    """Those of `generation_config.json`, or the one of `config.json`. Raises GradusError where neither names one."""
    for name in ("generation_config.json", "config.json"):
        if (folder / name).is_file():
            config = read_json(folder / name)
            # Models that read images too keep what concerns text apart.
            found = config.get("eos_token_id", config.get("text_config", {}).get("eos_token_id"))
            if found is not None:
                return found if isinstance(found, list) else [found]
    raise GradusError(f"{folder}: neither generation_config.json nor config.json names eos_token_id: add it")
