"""Values that nobody can mean: refused while planning, at once, in one line with key and remedy."""

import os
import time
from pathlib import Path
from typing import Any

import pytest

from gradus.graph.graph import Graph
from gradus.provenance.errors import GradusError
from gradus.study import local_files
from study.made_study import TEXT, changed, write


def lines(path: Path) -> list[str]:
    """What a study is refused with, without its path, in less than half a minute of this process."""
    began = time.process_time()
    with pytest.raises(GradusError) as caught:
        Graph.read(path)
    assert time.process_time() - began < 30
    found = str(caught.value).splitlines()
    assert all(line.startswith(str(path)) and line.isprintable() for line in found)
    return [line.removeprefix(str(path)) for line in found]


def generations(text: str, forwards: bool) -> str:
    """A thousand experiments, each of which names the one before it, or the one after it."""
    names = [f"e{number}" for number in range(1000)]
    before = ["rl", *names[:-1]] if forwards else [*names[1:], "rl"]
    return TEXT.replace("votes:", "".join(text.format(*pair) for pair in zip(names, before)) + "votes:")


@pytest.mark.parametrize("forwards", [True, False])
def test_a_thousand_experiments_may_inherit_from_one_another(tmp_path: Path, forwards: bool) -> None:
    graph = Graph.read(write(tmp_path, generations("  {}: {{inherits: {}, from: base}}\n", forwards)))
    assert len(graph.study.experiments) == 1004


@pytest.mark.parametrize("forwards", [True, False])
def test_a_thousand_experiments_may_not_start_from_one_another(tmp_path: Path, forwards: bool) -> None:
    (line,) = lines(write(tmp_path, generations("  {}: {{inherits: rl, from: {}}}\n", forwards)))
    heir = "e99" if forwards else "e900"
    assert f": experiments.{heir}.from: more than 100 experiments start from one another up to here" in line
    assert line.endswith("; start from an earlier one")


@pytest.mark.parametrize("key", ["inherits", "from"])
def test_a_circle_of_a_thousand_experiments_is_one_short_line(tmp_path: Path, key: str) -> None:
    rest = "from: base, stage: none" if key == "inherits" else "stage: none"
    text = generations(f"  {{}}: {{{{{key}: {{}}, {rest}}}}}\n", forwards=False)
    line, *_ = lines(write(tmp_path, text.replace(f"{key}: rl, {rest}", f"{key}: e0, {rest}")))
    assert f"experiments.e999.{key}: e0 -> e1 -> e2 -> e3 -> (993 more) -> e997 -> " in line or (
        f"experiments.e0.{key}: e0 -> e1 -> e2 -> e3 -> (993 more) -> e997 -> " in line
    )
    assert line.endswith("is a circle; break it")


def test_what_there_is_instead_of_a_wrong_name_fits_a_line(tmp_path: Path) -> None:
    text = generations("  {}: {{inherits: rl, from: base}}\n", forwards=True)
    (line,) = lines(write(tmp_path, text.replace("baseline, rl]", "baseline, e9999]")))
    assert ":1020: votes.experiments.1: there is no experiment 'e9999'; there are e999, " in line
    assert line.endswith(" and 980 more")


def test_of_very_many_mistakes_the_first_are_told(tmp_path: Path) -> None:
    found = lines(write(tmp_path, TEXT + "".join(f"key{number}: 1\n" for number in range(2000))))
    assert len(found) == 51
    assert found[-1] == ": the file: has 1,950 more mistakes; correct these first"


LONG = "x" * 5000


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("experiments.rl.steps", 10**26, "has to be at most 1,000,000, not 100000000000000000000000000"),
        ("experiments.rl.steps", 1e26, "expected a whole number, not 1e+26"),
        ("experiments.rl.batch_size", 10**6, "has to be at most 65,536, not 1000000"),
        ("experiments.sft.batch_size", 10**6, "has to be at most 65,536, not 1000000"),
        ("experiments.sft.epochs", 10**9, "has to be at most 10,000, not 1000000000"),
        ("experiments.sft.learning_rate", float("nan"), "expected a number, or 'auto', not '.nan'"),
        ("experiments.rl.max_tokens", 1024, "1,024 tokens leave no room for a prompt in the 1,024 positions of 'base'"),
        ("traces.custom.max_tokens", 5000, "5,000 tokens leave no room for a prompt in the 1,024 positions of 'teach"),
        ("experiments.sft.max_length", 1025, "1,025 tokens are more than the 1,024 positions of 'base' (max_position_"),
        ("benchmarks.easy.max_tokens", 10**9, "has to be at most 1,048,576, not 1000000000"),
        ("models.base.batch_size", -3, "has to be at least 1, not -3"),
        ("title", {"a": 1}, "expected text (quote it), not {'a': 1}"),
        ("seed", LONG, f"expected a whole number, not '{'x' * 79}..."),
        (f"votes.{LONG}", 1, "unknown key; remove it, or see config/README.md for the keys there are"),
        ("experiments.all", {"from": "base", "stage": "none"}, "`all` is the whole study, as in `snakemake all`; take"),
        ("experiments.null", {"from": "base", "stage": "none"}, "expected a name other than null, true, false, which"),
        ("experiments.con/prn", {"from": "base", "stage": "none"}, "expected lower-case letters, digits, - and _"),
        (f"experiments.{LONG}", {"from": "base", "stage": "none"}, "expected at most 60 characters, not 'xxx"),
        ("experiments.ｂａｓｅ", {"from": "base", "stage": "none"}, "expected lower-case letters, digits, - and _"),
    ],
)
def test_absurd_values_are_refused(tmp_path: Path, key: str, value: Any, words: str) -> None:
    (line,) = lines(changed(tmp_path, (key, value)))
    shown = key if len(key) < 1000 else key.partition(".")[0] + "." + "x" * 80 + "..."
    assert f": {shown}: {words}" in line
    assert len(line) < 300


def test_a_set_of_more_problems_than_there_are_is_refused(tmp_path: Path) -> None:
    few = {"source": "subset", "of": "train", "size": 51}
    (line,) = lines(changed(tmp_path, ("problems.few", few)))
    assert line.endswith(
        "problems.few.size: 51 are more than the 50 problems that there are; lower it, or leave it out for all of them"
    )
    assert "few" in Graph.read(changed(tmp_path, ("problems.few", few | {"size": 50}))).study.problems


NO_ROWS = {
    "/etc/passwd": "'/etc/passwd' is of no kind that is read; convert it to one of *.parquet, *.jsonl, *.json, *.csv, "
    "*.tsv, *.arrow",
    "/dev/zero": "'/dev/zero' is a pipe or device; name a file",
    "pipe.jsonl": "'pipe.jsonl' is a pipe or device; name a file",
    "zero.jsonl": "'zero.jsonl' is a pipe or device; name a file",
    "/": "'/' ",
    "many": "the folder 'many' holds more than 20 files; name that of the set itself",
    "secret.jsonl": "secret.jsonl:2: not valid JSON: Expecting value; fetch the file again, or correct it",
    "empty.jsonl": "'empty.jsonl' holds no rows; fetch it again, or correct the path",
    "a" * 5000: f"there is no '{'a' * 79}... (from ",
}


@pytest.mark.parametrize("path", NO_ROWS)
@pytest.mark.parametrize("group", ["problems", "traces"])
def test_what_is_no_set_is_told_before_anything_is_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, group: str
) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe.jsonl")
    Path("zero.jsonl").symlink_to("/dev/zero")
    Path("secret.jsonl").write_text("\nroot:hunter2:0\n", encoding="utf-8")
    Path("empty.jsonl").touch()
    if path == "many":
        Path("many").mkdir()
        monkeypatch.setattr(local_files, "MOST_FILES", 20)
        for number in range(21):
            os.mknod(f"many/{number}.jsonl")
    settings = {"kind": "rows"} if group == "traces" else {"source": "gsm8k", "split": "test"}
    (line,) = lines(changed(tmp_path, (f"{group}.x", settings | {"path": path})))
    assert f": {group}.x.path: {NO_ROWS[path]}" in line
    assert "hunter2" not in line


@pytest.mark.parametrize("template", ["/etc/passwd", "/dev/zero", "a" * 5000])
def test_a_chat_template_is_a_jinja_file(tmp_path: Path, template: str) -> None:
    model = {"source": "hub", "repo": "a/b", "chat_template": template}
    (line,) = lines(changed(tmp_path, ("models.x", model)))
    assert f": models.x.chat_template: there is neither a .jinja file '{template[:79]}" in line


def test_a_folder_whose_name_no_system_takes_is_no_model(tmp_path: Path) -> None:
    (line,) = lines(changed(tmp_path, ("models.x", {"source": "folder", "path": "a" * 5000})))
    assert f": models.x.path: there is no '{'a' * 79}... (from " in line
