"""The model card: what was measured, how the model was made, of what data, and under which licence."""

from collections.abc import Iterator
from typing import Any

import yaml

from gradus.evaluation.pipe_table import escape, pipe_table
from gradus.graph.graph import Graph
from gradus.graph.stages import read_spec
from gradus.reporting.recipe import Recipe
from gradus.reporting.recipes import summary, written
from gradus.sharing.bases import Base
from gradus.sharing.data import DataSet, data_sets, data_table
from gradus.sharing.measured import results_table
from gradus.sharing.shared import Shared
from gradus.specs.base import Spec
from gradus.specs.models import PretrainSpec, PretrainTextSpec
from gradus.specs.training import DpoSpec, GrpoSpec, SftSpec
from gradus.study.hub import model_download

TAG = "gradus"


def model_card(graph: Graph, model: Shared, base: Base | None) -> str:
    """README.md of the repository, with the hub's metadata at its head."""
    data = data_sets(graph, model.member)
    head = yaml.safe_dump(_metadata(graph, model, base, data), sort_keys=False, allow_unicode=True)
    return f"---\n{head}---\n\n" + "\n\n".join(part.strip() for part in _parts(graph, model, base, data) if part) + "\n"


def _metadata(graph: Graph, model: Shared, base: Base | None, data: list[DataSet]) -> dict[str, Any]:
    origin = base.repo if base else _origin(graph, model)
    datasets = sorted({one.repo for one in data if one.repo})
    return {
        **({"license": graph.study.hub.license} if graph.study.hub.license else {}),
        **({"base_model": origin} if origin else {}),
        **({"datasets": datasets} if datasets else {}),
        "library_name": "peft" if base else "transformers",
        "pipeline_tag": "text-generation",
        "tags": [TAG],
    }


def _origin(graph: Graph, model: Shared) -> str | None:
    """The repository of the hub that a model's ancestry begins with; None for what was made here."""
    download = model_download(graph.study, graph.context.lineage.root(model.member))
    return None if download is None else download.repo.name


def _parts(graph: Graph, model: Shared, base: Base | None, data: list[DataSet]) -> Iterator[str]:
    study = graph.study
    settings = graph.context.unrolled.experiments.get(model.member) or study.models.get(model.member)
    assert settings is not None  # a member is one of the two
    yield f"# {escape(settings.title or model.member)}"
    yield escape(getattr(settings, "description", ""))
    yield f"`{model.member}` of the study `{study.study}`" + (f" ({escape(study.title)})" if study.title else "") + "."
    yield "## Results"
    table = results_table(graph, model)
    yield table or "Nothing was measured of this model when it was pushed."
    yield "## How it was made"
    yield "\n".join(f"{number}. {line}" for number, line in enumerate(_steps(graph, model), 1))
    spec = read_spec(model.place(model.spec))
    yield f"## Settings\n\nOf the last of these steps; `{model.spec}` has all of them as its job read them."
    recipe = Recipe.of(spec.stage, spec.settings.model_dump(mode="json"))
    yield pipe_table(
        ("Setting", "Value"), [[f"`{key}`", escape(written(value))] for key, value in recipe.settings.items()]
    )
    yield "## Data"
    yield data_table(data) or "No problem or trace set of the study."
    yield "## Licence"
    said = study.hub.license
    yield (f"{said}." if said else "None is stated for this model.") + " Licences of its data are in the table above."
    yield "## Use"
    yield _usage(model, base)


def _steps(graph: Graph, model: Shared) -> Iterator[str]:
    """One line for each model in the ancestry, the first one first."""
    study = graph.context.unrolled
    line, name = [], model.member
    while name in study.experiments:
        line.append(name)
        name = study.experiments[name].parent
    download = model_download(study, name)
    yield f"`{name}`: " + (f"{download.repo} from the hub" if download else _made(model, name))
    for run in reversed(line):
        checkpoint = study.experiments[run].checkpoint
        at = (
            ""
            if checkpoint is None
            else f" at its {'best checkpoint' if checkpoint == 'best' else f'step {checkpoint}'}"
        )
        start = f"`{run}` from `{study.experiments[run].parent}`{at}"
        yield start if study.experiments[run].stage == "none" else f"{start}: {_made(model, run)}"


def _made(model: Shared, name: str) -> str:
    """How a model of the study was made, in a few words; by its record where it has one."""
    path = model.root / "specs" / "models" / f"{name}.json"
    return _in_words(read_spec(path)) if path.is_file() else "made in the study"


def _in_words(spec: Spec[Any]) -> str:
    settings = spec.settings
    if isinstance(settings, SftSpec | DpoSpec | GrpoSpec):
        return escape("; ".join(summary(Recipe.of(spec.stage, settings.model_dump(mode="json")))))
    if isinstance(settings, PretrainSpec | PretrainTextSpec):
        rows = f"{settings.steps:,} steps of {settings.batch_size:,} rows of {settings.sequence_length:,} tokens"
        return f"pretrained from scratch, {rows}, learning rate {settings.learning_rate:g}"
    return spec.stage.replace("_", " ")


def _usage(model: Shared, base: Base | None) -> str:
    load = "AutoPeftModelForCausalLM" if base else "AutoModelForCausalLM"
    library = "peft" if base else "transformers"
    return f"""```python
from transformers import AutoTokenizer
from {library} import {load}

model = {load}.from_pretrained("{model.repo}")
tokenizer = AutoTokenizer.from_pretrained("{model.repo}")
```

`model.json` has the digest of every file. In a copy of the study `snakemake pull --config group={model.member}` puts
the model where a build expects it."""
