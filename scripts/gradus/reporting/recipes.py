"""How every experiment was trained: what differs from its neighbour first, all settings of its job after."""

from collections.abc import Mapping, Sequence
from typing import TypedDict

from gradus.evaluation.ablation_table import Row
from gradus.reporting import formats, lineage
from gradus.reporting.inputs import ReportInputs
from gradus.reporting.neighbours import neighbour_of
from gradus.reporting.plots.marks import Mark
from gradus.reporting.plots.svg import Picture
from gradus.reporting.recipe import Recipe

LONGEST_VALUE = 200
"""Characters of a setting; prompts with examples are longer, and whole in the spec."""


class DifferenceView(TypedDict):
    """A setting here and in the neighbour."""

    name: str
    here: str
    there: str


class RecipeView(TypedDict):
    """`summary`: the settings that matter most, in words. `neighbour`: empty where there is none to compare with."""

    mark: Mark
    start: str
    summary: list[str]
    neighbour: str
    differences: list[DifferenceView]
    settings: list[tuple[str, str]]


class Recipes(TypedDict):
    """`best`: whether any experiment starts from, or is, a best checkpoint. `lineage`: which starts from which."""

    rows: list[RecipeView]
    lineage: Picture | None
    best: bool


def section(inputs: ReportInputs, marks: dict[str, Mark]) -> Recipes | None:
    """In the order of the table; None where no experiment was trained."""
    if not inputs.recipes:
        return None
    rows = [_row(inputs, entry, marks) for entry in inputs.experiments]
    return {
        "rows": rows,
        "lineage": lineage.of_report(inputs, marks),
        "best": any(entry.get("checkpoint") == "best" for entry in inputs.experiments),
    }


def start_of(inputs: ReportInputs, entry: Row) -> str:
    """What an experiment's weights were before its own training: `Pocket base`, `SFT, best checkpoint (step 60)`, `SFT,
    adapter merged`."""
    recipe = inputs.recipes.get(entry["name"])
    return _weights_of(inputs, entry) + (", adapter merged" if recipe is not None and recipe.merged else "")


def _weights_of(inputs: ReportInputs, entry: Row) -> str:
    title, checkpoint = inputs.title_of(entry["parent"]), entry.get("checkpoint")
    if checkpoint is None:
        return title
    if checkpoint != "best":
        return f"{title}, step {checkpoint}"
    steps = inputs.best_steps.get(entry["name"], ())
    said = ", ".join(map(str, steps))
    return f"{title}, best checkpoint" + (f" (step{'s' * (len(steps) > 1)} {said})" if steps else "")


def summary(recipe: Recipe) -> list[str]:
    """The settings that a reader asks for first, a few words each."""
    settings = recipe.settings
    rewards = {
        key.split(".")[1]: value for key, value in settings.items() if key.startswith("rewards.") and "weight" in key
    }
    found = [
        _kind(recipe),
        _adapted(settings),
        f"learning rate {written(settings.get('learning_rate'))}, {written(settings.get('schedule'))}",
        _length(settings),
        f"on {written(settings.get('traces') or settings.get('problems'))}",
    ]
    if rewards:
        parts = [name if weight == 1 else f"{written(weight)} × {name}" for name, weight in rewards.items()]
        found.append(f"reward {' + '.join(parts)}")
    return found


def _row(inputs: ReportInputs, entry: Row, marks: dict[str, Mark]) -> RecipeView:
    recipe, name = inputs.recipes.get(entry["name"]), neighbour_of(inputs, entry["name"])
    start = start_of(inputs, entry)
    view: RecipeView = {
        "mark": marks[entry["name"]],
        "start": start,
        "summary": ["no training"],
        "neighbour": "",
        "differences": [],
        "settings": [],
    }
    if recipe is None:
        return view
    view["summary"] = summary(recipe)
    view["settings"] = [(key, written(value)) for key, value in recipe.settings.items()]
    if name is not None:
        other = next(row for row in inputs.experiments if row["name"] == name)
        started = start_of(inputs, other)
        moved: list[DifferenceView] = [{"name": "from", "here": start, "there": started}] if start != started else []
        view["neighbour"] = marks[name].title
        view["differences"] = moved + [
            {"name": key, "here": written(here), "there": written(there)}
            for key, (here, there) in recipe.differences(inputs.recipes[name]).items()
        ]
    return view


def _kind(recipe: Recipe) -> str:
    if recipe.stage == "sft":
        return "SFT"
    if recipe.stage == "dpo":
        return f"DPO, β {written(recipe.settings.get('beta'))}"
    return f"algorithm {written(recipe.settings.get('algorithm'))}"


def _adapted(settings: Mapping[str, object]) -> str:
    method = str(settings.get("method"))
    if method in ("full", "ternary"):
        only = settings.get("train")
        parts = f"{' and '.join(map(str, only))} alone" if isinstance(only, Sequence) else "all parameters"
        return f"{parts} with ternary weights" if method == "ternary" else parts
    kind = {"lora": "LoRA", "qlora": "QLoRA"}.get(method, method)
    return f"{kind} rank {written(settings.get('lora.rank'))}, scale α {written(settings.get('lora.alpha'))}"


def _length(settings: Mapping[str, object]) -> str:
    batch = written(settings.get("batch_size"))
    if "group_size" in settings:
        key = "epochs" if settings.get("steps") is None else "steps"
        return f"{written(settings.get(key))} {key} of {batch} problems × {written(settings.get('group_size'))}"
    return f"{written(settings.get('epochs'))} epochs in batches of {batch}"


def written(value: object) -> str:
    """A setting as a study file has it, on one line."""
    if value is None or value == {} or value == []:
        return formats.NOTHING
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, Mapping):
        return " ".join(f"{key} {written(each)}" for key, each in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(written(each) for each in value)
    text = " ".join(str(value).split())
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"
