"""Where the shape of a job's model is known from, without downloading anything."""

from pathlib import Path
from typing import Any

from huggingface_hub import try_to_load_from_cache

from gradus.estimates.known import KNOWN
from gradus.estimates.shape import Shape
from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json
from gradus.study.lineage import unrounded

Spec = dict[str, Any]


def shape_of(specs: dict[str, Spec], spec: Spec, results: Path) -> Shape:
    """The shape of the model that a job trains or asks; `results` is the study's folder of results.

    Looked for in the results, in the model's local folder or the hub's cache, in the settings of a model that the graph
    pretrains, and among the published models that Gradus knows. Raises GradusError where it is in none of them.
    """
    settings = spec["settings"]
    weights = settings.get("weights") or {"dense": settings["teacher"], "origin": settings.get("origin")}
    name = weights["dense"]
    there = results / "models" / name / "config.json"
    if there.is_file():
        return _read(there)
    origin = weights.get("origin")
    if origin and ("path" in origin or "repo" in origin):
        return _read(Path(origin["path"], "config.json")) if "path" in origin else _of_hub(name, origin)
    name = unrounded(name).partition(".at-")[0]  # a checkpoint has the shape of its run
    made = specs[f"models/{name}.json"]
    if made["stage"] == "fetch":
        made = specs[f"export/{Path(made['settings']['path']).name}.json"]  # of an experiment of this study
    if made["stage"] != "pretrain":
        return shape_of(specs, made, results)  # all parameters of another model were trained
    return Shape.from_config(made["settings"]["architecture"] | {"model_type": "qwen3", "tie_word_embeddings": True})


def _of_hub(name: str, origin: dict[str, str | None]) -> Shape:
    repo = origin["repo"]
    cached = try_to_load_from_cache(repo, "config.json", revision=origin["revision"] or "main")
    if isinstance(cached, str):
        return _read(Path(cached))
    if repo in KNOWN:
        return KNOWN[repo]
    raise GradusError(f"{name}: the shape of {repo} is not known before it is downloaded: snakemake models")


def _read(path: Path) -> Shape:
    return Shape.from_config(read_json(path), source=str(path))
