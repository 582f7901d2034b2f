"""The results that two builds of a study have to share, byte for byte."""

import hashlib
import json
import re
from pathlib import Path

from graph.project import RESULTS

# What a build took, said and keeps for itself.
OF_THE_BUILD = (".builder", ".planned.json", "ledger", "ledger.csv", "logs", "benchmarks", ".state", ".wandb")
SHOWS_THE_LEDGER = re.compile(r"report\.(html|md)|tables/ledger\.html|plots/costs/.*")
TIMES = ("seconds", "tokens_per_second")


def digests(project: Path) -> dict[str, str]:
    """Digest of every file that a study's spec decides, by its path below the study's folder."""
    root = project / RESULTS
    files = (path for path in root.rglob("*") if path.is_file())
    named = {path.relative_to(root).as_posix(): path for path in files}
    kept = {name for name in named if name.split("/")[0] not in OF_THE_BUILD and not SHOWS_THE_LEDGER.fullmatch(name)}
    return {name: hashlib.sha256(_content(named[name])).hexdigest() for name in kept}


def _content(path: Path) -> bytes:
    """A file's bytes, but for what says how long a step took, and where the results lie."""
    if path.name == "adapter_config.json":
        config = json.loads(path.read_bytes())
        base = Path(config["base_model_name_or_path"])
        return json.dumps(config | {"base_model_name_or_path": base.parts[-4:]}).encode()
    if path.name != "metrics.jsonl":
        return path.read_bytes()
    rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return json.dumps([{key: row[key] for key in row if key not in TIMES} for row in rows]).encode()
