"""A study's own code: where it is found, what is wrong with it in one line, and what its specs say of it."""

import json
from pathlib import Path
from typing import Any

import pytest

from gradus.graph.graph import Graph
from gradus.graph.planned_study import PLANNED, keep, planned_study
from gradus.graph.spec_files import write_own_code
from gradus.provenance.errors import GradusError
from gradus.study.settings.own_modules import own_folders
from study.made_study import TEXT

CODE = """\
from gradus.extending.rewards import Field, GradedCompletion, Part, PartSettings

from .counting import count


class Few(PartSettings):
    words: int = Field(9, ge=1)
    unit: str


def few(completion: GradedCompletion, settings: Few) -> float:
    return float(count(completion.text) < settings.words)


def plain(completion):
    return 0.5


def two(left, right):
    return 0.0


def loose(completion, settings):
    return 0.0


def other(completion, settings: dict):
    return 0.0


def unknown(completion, settings: "Nothing"):
    return 0.0


def many(*completions):
    return 0.0


def optional(completion, more=1):
    return float(more)


PLAIN = Part(plain, blind=True)
JUDGE = Part(plain, judges=True)
NUMBER = 3
"""
COUNTING = "def count(text):\n    return len(text.split())\n"


def write(folder: Path, *rewards: str, **files: str) -> Path:
    """A study whose RL has these parts, with files beside it. Returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in ({"mine": CODE, "counting": COUNTING} | files).items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    text = TEXT.replace("problems: train}\n  sft_rl", f"problems: train, rewards: {{{', '.join(rewards)}}}}}\n  sft_rl")
    (folder / "small.yaml").write_text(text, encoding="utf-8")
    return folder / "small.yaml"


def refused(study: Path) -> str:
    """What is said instead of a plan: one line."""
    with pytest.raises(GradusError) as caught:
        Graph.read(study)
    (line,) = str(caught.value).splitlines()
    return line


def rewards(graph: Graph, name: str = "rl") -> Any:
    return graph.jobs[f"models/{name}"].spec.model_dump(mode="json", serialize_as_any=True)["settings"]["rewards"]


def test_a_function_and_its_settings_are_a_part_like_ours(tmp_path: Path) -> None:
    few = 'mine:few: {weight: 0.5, unit: "w"}'
    graph = Graph.read(write(tmp_path, "correct: 1", few, "mine:plain: 2", "mine:optional: {weight: 0}"))
    assert rewards(graph) == {
        "correct": {"weight": 1.0},
        "mine:few": {"weight": 0.5, "words": 9, "unit": "w"},
        "mine:plain": {"weight": 2.0},
        "mine:optional": {"weight": 0.0},
    }
    assert graph.jobs["models/rl"].modules[-2:] == ("gradus.rewards.parts.correct", "gradus.own.mine")
    assert rewards(graph, "sft_rl") == rewards(graph)  # inherited


@pytest.mark.parametrize(
    ("part", "key", "said"),
    [
        ("nowhere:few: 1", "nowhere:few", "there is no nowhere.py in {folder}; write it there, or correct the name"),
        (
            "mine:fewer: 1",
            "mine:fewer",
            "{folder}/mine.py has no fewer; its functions are: few, plain, two, loose, other, unknown, many, optional",
        ),
        ("mine:: 1", "mine:", "'mine:' is no name of own code; write it as module:function, both as in Python"),
        ("mine:NUMBER: 1", "mine:NUMBER", "mine:NUMBER is 3, not a function; name one"),
        (
            "mine:two: 1",
            "mine:two",
            "{folder}/mine.py:19: two(left, right): a part of the reward takes (completion, settings: a class of "
            "PartSettings), the settings if it has any; correct its signature",
        ),
        (
            "mine:many: 1",
            "mine:many",
            "{folder}/mine.py:35: many(*completions): a part of the reward takes (completion, settings: a class of "
            "PartSettings), the settings if it has any; correct its signature",
        ),
        (
            "mine:loose: 1",
            "mine:loose",
            "{folder}/mine.py:23: loose: its settings have no type hint; expected a class of PartSettings",
        ),
        (
            "mine:other: 1",
            "mine:other",
            "{folder}/mine.py:27: other: its settings are hinted as <class 'dict'>; expected a class of PartSettings",
        ),
        (
            "mine:unknown: 1",
            "mine:unknown",
            "{folder}/mine.py:31: the hints of unknown: NameError: name 'Nothing' is not defined; correct them",
        ),
        ("mine:few: 1", "mine:few", "mine:few needs the key unit; add it"),
        ("mine:few: {weight: 1, unit: w, wrods: 3}", "mine:few.wrods", "unknown key; did you mean words?"),
        (
            "mine:few: {weight: 1, unit: w, x: 3}",
            "mine:few.x",
            "unknown key; the keys of mine:few are weight, words, unit",
        ),
        ("mine:few: {weight: 1, unit: w, words: 0}", "mine:few.words", "has to be at least 1, not 0"),
        ("mine:few: {weight: 1, unit: 3}", "mine:few.unit", "expected text (quote it), not 3"),
        ("mine:plain: -1", "mine:plain", "has to be at least 0, not -1"),
        (
            "mine:plain: high",
            "mine:plain",
            "expected a number, or a mapping with the weight and other settings, not 'high'",
        ),
        ("shrot: 1", "shrot", "unknown key; did you mean short?"),
    ],
)
def test_a_mistake_is_one_line_with_file_key_and_remedy(tmp_path: Path, part: str, key: str, said: str) -> None:
    study = write(tmp_path, "correct: 1", part)
    place = f"{study}:17: experiments.rl.rewards.{key}: "
    assert refused(study) == place + said.format(folder=tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def few(completion:\n    pass\n", "{file}:1: SyntaxError: '(' was never closed; correct it"),
        ("import nothing_here\n", "{file}:1: ModuleNotFoundError: No module named 'nothing_here'; correct it"),
        (
            "from counting import count\n",
            "{file}:1: ModuleNotFoundError: No module named 'counting'; files of a study's folder import each other "
            "with a dot: from .counting import ...",
        ),
        ("\nfrom .counting import none\n", "{file}:2: ImportError: cannot import name 'none' from"),
        ("\n\nHALF = 1 / 0\n", "{file}:3: ZeroDivisionError: division by zero; correct it"),
    ],
)
def test_a_file_that_cannot_be_loaded_is_told_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    study = write(tmp_path, "correct: 1", "mine:few: 1", mine=text)
    assert said.format(file=tmp_path / "mine.py") in refused(study)


def test_a_mistake_in_what_it_imports_is_told_where_it_is(tmp_path: Path) -> None:
    study = write(tmp_path, "correct: 1", "mine:plain: 1", counting="\ncount = [][0]\n")
    assert f"{tmp_path}/counting.py:2: IndexError: list index out of range; correct it" in refused(study)


def test_a_reward_needs_a_part_that_says_that_it_judges(tmp_path: Path) -> None:
    assert "no part of this reward judges the answer" in refused(write(tmp_path / "a", "mine:plain: 1"))
    Graph.read(write(tmp_path / "b", "mine:JUDGE: 1"))


def test_votes_take_a_part_that_says_that_it_is_blind(tmp_path: Path) -> None:
    study = write(tmp_path, "correct: 1")
    text = study.read_text(encoding="utf-8")
    study.write_text(text + "  weights: [reward]\n  rewards: {mine:PLAIN: 0.5}\n", encoding="utf-8")
    assert Graph.read(study).jobs["votes/rl/easy"].modules[0] == "gradus.own.mine"
    study.write_text(text + "  rewards: {mine:plain: 0.5}\n", encoding="utf-8")
    assert refused(study).endswith(
        "votes.rewards.mine:plain: mine:plain may know the right answer, which a vote does not; if it looks at the "
        "text alone, name a Part(function, blind=True)"
    )


def test_sources_kinds_and_algorithms_that_are_none_are_told_at_their_keys(tmp_path: Path) -> None:
    study = write(tmp_path, "correct: 1")
    text = study.read_text(encoding="utf-8")
    for old, new, key, said in (
        (
            "{source: pocket, split: train, size: 50}",
            "{source: mine:plain}",
            "problems.train.source",
            f"{tmp_path}/mine.py:15: plain(completion): a problem source takes (row, settings: a class of "
            "ProblemsFromRows) or (seed, settings: a class of GeneratedProblems), the settings if it has any; "
            "correct its signature",
        ),
        (
            "{kind: pocket_public}",
            "{kind: mine:few}",
            "traces.public.kind",
            "a kind of traces takes (problem, settings: a class of TracesFromProblems) or (row, settings: a class of "
            "TracesFromRows)",
        ),
        (
            "problems: train, rewards",
            "problems: train, algorithm: mine:PLAIN, rewards",
            "experiments.rl.algorithm",
            "not Algorithm(...); name one",
        ),
    ):
        study.write_text(text.replace(old, new, 1), encoding="utf-8")
        assert f" {key}: " in (line := refused(study))
        assert said in line


def test_a_file_below_the_folder_is_named_with_dots(tmp_path: Path) -> None:
    (tmp_path / "rewards").mkdir()
    (tmp_path / "rewards/shape.py").write_text(
        "from ..counting import count\n\ndef one(completion):\n    return count('a')\n"
    )
    graph = Graph.read(write(tmp_path, "correct: 1", "rewards.shape:one: 1"))
    assert "gradus.own.rewards.shape" in graph.jobs["models/rl"].modules


def test_names_of_ours_and_of_installed_packages_are_free(tmp_path: Path) -> None:
    names = ("random", "gradus", "torch", "capabilities", "correct")
    files = {name: "def one(completion):\n    return 1.0\n" for name in names}
    graph = Graph.read(write(tmp_path, "correct: 1", *(f"{name}:one: 1" for name in names), **files))
    assert {f"gradus.own.{name}" for name in names} < set(graph.jobs["models/rl"].modules)
    import random

    assert not hasattr(random, "one")


def test_a_study_finds_its_files_and_those_of_what_it_extends(tmp_path: Path) -> None:
    write(tmp_path / "base", "correct: 1", "mine:plain: 1")
    study = tmp_path / "other/own.yaml"
    study.parent.mkdir()
    parts = "{mine:plain: 3, also:half: 0.5}"
    study.write_text(
        f"extends: ../base/small.yaml\nstudy: own\nexperiments: {{rl: {{rewards: {parts}}}}}\n", encoding="utf-8"
    )
    (study.parent / "also.py").write_text("def half(completion):\n    return 0.5\n", encoding="utf-8")
    graph = Graph.read(study)
    assert rewards(graph) == {"correct": {"weight": 1.0}, "mine:plain": {"weight": 3.0}, "also:half": {"weight": 0.5}}
    (study.parent / "mine.py").write_text(CODE, encoding="utf-8")
    Graph.read(write(tmp_path / "third", "correct: 1"))  # another study of the same process
    both = f"{tmp_path}/other/mine.py and {tmp_path}/base/mine.py are both meant by mine; rename one"
    assert both in refused(study)


def test_jobs_on_other_machines_plan_with_the_same_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = write(tmp_path, "correct: 1", "mine:plain: 1")
    graph = Graph.read(study)
    monkeypatch.setenv(PLANNED, "restored after the test")
    from gradus.study.file import read_study_file

    keep(read_study_file(study), "small", tmp_path)
    assert planned_study(study).folders == (str(tmp_path),)
    assert Graph.of(planned_study(study)).jobs == graph.jobs


def test_specs_do_not_say_where_own_code_is_and_a_note_beside_them_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    here, there = (Graph.read(write(Path(name), "correct: 1", "mine:plain: 1")) for name in ("here", "there"))
    assert here.jobs == there.jobs
    assert own_folders() == [str(tmp_path / "there")]
    note = Path(there.root, "own_code.json")
    write_own_code(there)
    assert json.loads(note.read_text(encoding="utf-8")) == {"folders": ["there"]}
    write_own_code(Graph.read(write(Path("there"), "correct: 1")))
    assert not note.exists()
