"""config/README.md and config/schema.json say what the settings' models say, and the pages' examples work."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from gradus.graph.graph import Graph
from gradus.hub.lock import LOCK_FILE
from gradus.provenance.files import json_text
from gradus.specs.training import GrpoSpec
from gradus.study.documentation import config_readme
from gradus.study.editor_schema import editor_schema
from gradus.study.schema import Study
from gradus.study.settings.base import Settings
from gradus.study.settings.plugins import plugin_names
from gradus.study.strict_yaml import StudyLoader
from gradus.study.type_words import type_in_words
from gradus.training.algorithm import ALGORITHMS, load_algorithm
from study.made_study import TEXT, spec_of

CONFIG = Path(__file__).resolve().parents[2] / "config"
STUDIES = sorted(path for path in CONFIG.glob("*.yaml") if path.name != LOCK_FILE.name)
REMEDY = "out of date; run: python scripts/write_config_docs.py"
README = config_readme()
HOW_TO = (CONFIG.parent / "docs/write-a-study.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", HOW_TO + README, re.DOTALL)


def all_settings(group: type[Settings] = Settings) -> list[type[Settings]]:
    """The groups of a study; those of jobs, in `gradus.specs`, no user writes, and those of own code are not ours."""
    found = [sub for sub in group.__subclasses__() if not sub.__module__.startswith(("gradus.specs.", "gradus.own."))]
    return [inner for sub in found for inner in (sub, *all_settings(sub))]


def mistakes(value: Any) -> list[str]:
    return [error.message for error in jsonschema.Draft202012Validator(editor_schema()).iter_errors(value)]


def load(text: str) -> Any:
    return yaml.load(text, Loader=StudyLoader)


def test_both_files_are_up_to_date() -> None:
    assert (CONFIG / "README.md").read_text(encoding="utf-8") == README, REMEDY
    assert (CONFIG / "schema.json").read_text(encoding="utf-8") == json_text(editor_schema()), REMEDY


def test_every_key_is_described_and_every_group_too() -> None:
    for group in all_settings():
        assert group.__doc__
        for name, field in group.model_fields.items():
            assert field.description, f"{group.__name__}.{name} has no description"


def test_every_key_stands_in_the_readme() -> None:
    keys = {field.alias or name for group in all_settings() for name, field in group.model_fields.items()}
    assert {key for key in keys if f"| `{key}` |" not in README} == set()


@pytest.mark.parametrize("name", plugin_names(ALGORITHMS))
def test_every_algorithm_of_the_folder_is_listed_with_its_source(name: str) -> None:
    algorithm = load_algorithm(name)
    assert any(reference in algorithm.source for reference in ("arXiv:", "doi:"))
    assert f"- `{name}`: {algorithm.difference}. {algorithm.source}." in README
    assert name in editor_schema()["$defs"]["Grpo"]["properties"]["algorithm"]["anyOf"][0]["enum"]


@pytest.mark.parametrize("path", STUDIES, ids=lambda path: path.name)
def test_every_study_fits_the_schema(path: Path) -> None:
    assert mistakes(load(path.read_text(encoding="utf-8"))) == []


def test_the_schema_is_one_and_knows_the_names_of_the_file() -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads((CONFIG / "schema.json").read_text(encoding="utf-8")))
    grpo = editor_schema()["$defs"]["Grpo"]["properties"]
    assert "from" in grpo
    assert "parent" not in grpo
    assert mistakes(load(TEXT)) == []


def test_parts_of_a_study_fit_where_the_rest_comes_from_elsewhere() -> None:
    part = "extends: pocket.yaml\nexperiments: {rl: {steps: 5, kl_coef: null}, gone: null}\nvotes: null\n"
    assert mistakes(load(part)) == []
    assert mistakes(load(part.partition("\n")[2])) != []


@pytest.mark.parametrize(
    "text",
    [
        "problems: {train: {source: my_sources:riddles, words: 3}}",
        "traces: {custom: {kind: my.traces:worked, problems: train}}",
        "experiments: {rl: {stage: grpo, algorithm: mine:MINE, rewards: {my_rewards:short: {weight: 1, words: 3}}}}",
        "votes: {rewards: {my_rewards:SHORT: 0.2}}",
    ],
)
def test_the_schema_knows_names_of_own_code(text: str) -> None:
    assert mistakes(load(f"extends: pocket.yaml\n{text}\n")) == []


@pytest.mark.parametrize(
    "text",
    [
        "sede: 1",
        "seed: one",
        "experiments: {rl: {stage: ppo}}",
        "experiments: {rl: {stage: sft, kl_coef: 0.1}}",
        "experiments: {rl: {learning_rate: -1}}",
        "experiments: {Big Name: {stage: none}}",
        "experiments: {rl: {parent: base}}",
        "votes: {k: [0]}",
        "votes: {k: [null]}",
        "problems: {train: {source: web}}",
        "problems: {train: {sise: 3}}",
        "problems: {train: {source: my sources:riddles}}",
        "experiments: {rl: {stage: grpo, rewards: {my_rewards: 1}}}",
        "experiments: {rl: {stage: grpo, algorithm: mine}}",
    ],
)
def test_the_schema_marks_mistakes(text: str) -> None:
    assert mistakes(load(f"extends: pocket.yaml\n{text}\n")) != []


def test_the_pages_have_both_kinds_of_example_studies() -> None:
    assert sum(example.startswith("# yaml-language-server") for example in EXAMPLES) == 2


@pytest.mark.parametrize("example", [example for example in EXAMPLES if "\nstudy: " in example])
def test_the_example_studies_of_the_pages_work(tmp_path: Path, example: str) -> None:
    shutil.copy(CONFIG / "pocket.yaml", tmp_path)
    assert mistakes(load(example)) == []
    (tmp_path / "example.yaml").write_text(example, encoding="utf-8")
    graph = Graph.read(tmp_path / "example.yaml")
    assert graph.study.study == load(example)["study"]
    assert "dapo" not in graph.study.experiments


def test_the_rewards_of_the_readme_are_what_it_says(tmp_path: Path) -> None:
    (example,) = [load(example)["experiments"] for example in EXAMPLES if "tighter:" in example]
    shutil.copy(CONFIG / "pocket.yaml", tmp_path)
    assert mistakes({"extends": "pocket.yaml", "experiments": example}) == []
    text = yaml.safe_dump({"extends": "pocket.yaml", "study": "shaped", "experiments": example}, sort_keys=False)
    (tmp_path / "example.yaml").write_text(text, encoding="utf-8")
    graph = Graph.read(tmp_path / "example.yaml")
    rewards = spec_of(graph, "models/tighter", GrpoSpec).rewards
    assert list(rewards) == ["correct", "overlong_ramp", "partial", "short", "shows_work"]
    assert (rewards["short"]["words"], rewards["overlong_ramp"]["cache"]) == (40, 20)
    assert list(spec_of(graph, "models/dapo", GrpoSpec).rewards) == ["correct", "overlong_ramp"]


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("seed", "whole number, at least 0 and below 2,147,483,648"),
        ("study", "name"),
        ("experiments", "group for each name"),
        ("votes", "group"),
    ],
)
def test_types_in_words(key: str, words: str) -> None:
    assert type_in_words(Study.model_json_schema()["properties"][key]) == words


@pytest.mark.parametrize(
    ("group", "key", "words"),
    [
        ("Grpo", "kl_coef", "number, at least 0, or null"),
        ("Grpo", "betas", "pair of numbers from 0 to 1"),
        ("Grpo", "rewards", "group, or null"),
        ("Rewards", "correct", "number, at least 0, or null"),
        ("Rewards", "short", "number, at least 0, or group, or null"),
        ("ShowsWork", "marks", "list of text"),
        ("Grpo", "method", "`lora`, `qlora`, `full` or `ternary`"),
        ("Corpus", "flawed_share", "list of 5 numbers from 0 to 1"),
        ("Comparisons", "pairs", "list of pairs of names or groups"),
        ("Benchmark", "prompt", "group, or null"),
        ("Votes", "temperature", "number, above 0 and at most 2"),
    ],
)
def test_types_of_groups_in_words(group: str, key: str, words: str) -> None:
    assert type_in_words(Study.model_json_schema()["$defs"][group]["properties"][key]) == words
