"""The study as a whole: inheritance, the checks across keys, and one line for each mistake."""

import re
from pathlib import Path
from typing import Any

import pytest

from gradus.provenance.errors import GradusError
from gradus.study.file import read_study_file
from gradus.study.schema import validate
from study.made_study import TEXT, changed, study, write


def refusal(folder: Path, *changes: tuple[str, Any]) -> list[str]:
    path = changed(folder, *changes)
    with pytest.raises(GradusError) as caught:
        validate(read_study_file(path))
    lines = str(caught.value).splitlines()
    assert all(line.startswith(f"{path}") for line in lines)
    return [re.sub(r"^(:\d+)?: ", "", line.removeprefix(str(path))) for line in lines]


def test_the_small_study_is_sound(tmp_path: Path) -> None:
    small = validate(read_study_file(write(tmp_path)))
    assert list(small.experiments) == ["baseline", "sft", "rl", "sft_rl"]
    assert small.experiments["sft"].learning_rate == 1e-3


def test_settings_are_inherited_but_not_what_is_ones_own(tmp_path: Path) -> None:
    rl = {"title": "RL", "description": "Words.", "from": "base", "stage": "grpo", "problems": "train"}
    rl |= {"lora": {"rank": 4, "alpha": 8}, "kl_coef": 0.1, "learning_rate": 0.5}
    heir = {"from": "teacher", "inherits": "rl", "lora": {"rank": 2}, "kl_coef": None}
    small = study(
        tmp_path,
        ("experiments.rl", rl),
        ("experiments.heir", {"from": "base", "inherits": "middle", "steps": 3}),
        ("experiments.middle", heir),
        ("experiments.sft_rl.from", "base"),
    )
    heir, middle = small.experiments["heir"], small.experiments["middle"]
    assert (middle.title, middle.description, middle.parent, middle.inherits) == ("", "", "teacher", "rl")
    assert (middle.lora.rank, middle.lora.alpha, middle.kl_coef, middle.learning_rate) == (2, 8, None, 0.5)
    assert (heir.parent, heir.stage, heir.steps, heir.lora.rank) == ("base", "grpo", 3, 2)


def test_inheriting_in_a_circle_or_from_nobody(tmp_path: Path) -> None:
    circle = refusal(tmp_path, ("experiments.rl.inherits", "sft_rl"))
    assert circle == ["experiments.sft_rl.inherits: rl -> sft_rl -> rl is a circle; break it"]
    assert refusal(tmp_path, ("experiments.rl.inherits", "rl")) == [
        "experiments.rl.inherits: rl -> rl is a circle; break it"
    ]
    (nobody,) = refusal(tmp_path, ("experiments.rl.inherits", "ppo"))
    assert nobody == "experiments.rl.inherits: there is no experiment 'ppo'; there are baseline, sft, rl, sft_rl"


def test_a_mistake_that_is_inherited_is_told_once(tmp_path: Path) -> None:
    assert refusal(tmp_path, ("experiments.rl.learning_rate", -1)) == [
        "experiments.rl.learning_rate: has to be greater than 0, not -1"
    ]
    assert refusal(tmp_path, ("experiments.rl.problems", "none")) == [
        "experiments.rl.problems: there is no problem set 'none'; there are train, test"
    ]
    assert refusal(tmp_path, ("experiments.rl.problems", None)) == [
        "experiments.rl.problems: this key is required; see config/README.md"
    ]
    both = refusal(tmp_path, ("experiments.rl.learning_rate", -1), ("experiments.sft_rl.learning_rate", -1))
    assert len(both) == 2


def test_settings_of_another_stage_say_where_they_come_from(tmp_path: Path) -> None:
    (line,) = refusal(
        tmp_path,
        ("experiments.sft_rl", {"from": "sft", "inherits": "sft", "stage": "grpo", "problems": "train"}),
    )
    assert line.startswith("experiments.sft_rl.traces: unknown key")
    assert line.endswith("(inherited from sft; set it here, or take it away with null)")
    taken_away = {"from": "sft", "inherits": "sft", "stage": "grpo", "problems": "train", "traces": None}
    assert study(tmp_path, ("experiments.sft_rl", taken_away)).experiments["sft_rl"].learning_rate == 1e-3


@pytest.mark.parametrize(
    ("key", "value", "line"),
    [
        ("sede", 1, "sede: unknown key"),
        ("experiments.rl.parent", "base", "experiments.rl.parent: unknown key"),
        ("experiments.rl.packing", True, "experiments.rl.packing: unknown key"),
        ("experiments.rl.from", None, "experiments.rl.from: this key is required"),
        ("experiments.sft_rl.from", None, "experiments.sft_rl.from: this key is required"),
        ("experiments.rl.stage", None, "experiments.rl.stage: is required"),
        ("experiments.rl.stage", "ppo", "experiments.rl.stage: expected one of 'none', 'sft', 'dpo', 'grpo'"),
        ("experiments.rl.steps", 2.5, "experiments.rl.steps: expected a whole number, not 2.5"),
        ("experiments.rl.steps", True, "experiments.rl.steps: expected a whole number, not True"),
        (
            "experiments.rl.learning_rate",
            "fast",
            "experiments.rl.learning_rate: expected a number, or 'auto', not 'fast'",
        ),
        ("experiments.rl.learning_rate", float("inf"), "experiments.rl.learning_rate: "),
        (
            "experiments.rl.group_size",
            1,
            "experiments.rl.group_size: algorithm: grpo compares completions of a problem, and this is one",
        ),
        (
            "experiments.rl.method",
            "dora",
            "experiments.rl.method: expected 'lora', 'qlora', 'full' or 'ternary', not 'dora'",
        ),
        ("experiments.rl.lora", 8, "experiments.rl.lora: expected a mapping of keys, not 8"),
        (
            "experiments.rl.rewards",
            {"repeat": 1.0},
            "experiments.rl.rewards.repeat: unknown key; did you mean repetition?",
        ),
        ("experiments.rl", "grpo", "experiments.rl: expected a mapping of keys, not 'grpo'"),
        ("experiments.rl", 3, "experiments.rl: expected a mapping of keys, not 3"),
        ("experiments.rl.inherits", ["sft"], "experiments.rl.inherits: expected text"),
        ("experiments", {}, "experiments: expected 1 or more entries, not {}"),
        ("experiments", [1], "experiments: expected a mapping of keys"),
        ("experiments", None, "experiments: this key is required"),
        ("experiments.Big Name", {"from": "base", "stage": "none"}, "experiments.Big Name: expected lower-case"),
        ("study", "../up", "study: expected lower-case"),
        ("title", 3, "title: expected text"),
        ("problems.test.size", 0, "problems.test.size: has to be at least 1, not 0"),
        ("problems.test.levels", [8], "problems.test.levels.0: has to be at most 7, not 8"),
        ("benchmarks.easy.problems", None, "benchmarks.easy.problems: this key is required"),
        ("benchmarks.easy", "test", "benchmarks.easy: expected a mapping of keys"),
        ("votes.k", [0], "votes.k.0: has to be at least 1, not 0"),
        ("comparisons", {"pairs": [["rl"]]}, "comparisons.pairs.0: expected 2 or more entries, not ['rl']"),
        ("comparisons", {"pairs": [{"of": ["rl"]}]}, "comparisons.pairs.0.of: expected 2 or more entries, not ['rl']"),
        ("comparisons", {"pairs": [{"question": "Why?"}]}, "comparisons.pairs.0.of: this key is required"),
        ("comparisons", {"margin": 0}, "comparisons.margin: has to be greater than 0, not 0"),
        ("comparisons", {"family": "row"}, "comparisons.family: expected 'benchmark' or 'table', not 'row'"),
    ],
)
def test_one_wrong_key_is_one_line_that_names_it(tmp_path: Path, key: str, value: object, line: str) -> None:
    lines = refusal(tmp_path, (key, value))
    assert lines[0].startswith(line)
    assert len(lines) == 1


@pytest.mark.parametrize(
    ("key", "value", "line"),
    [
        ("problems.cut", {"source": "subset", "of": "all", "levels": [1]}, "problems.cut.of: there is no problem set"),
        ("problems.cut", {"source": "subset", "of": "cut", "levels": [1]}, "problems.cut.of: cut -> cut is a circle;"),
        ("problems.cut", {"source": "subset", "of": "test", "levels": [6]}, "problems.cut.levels: 'test' has no"),
        ("traces.custom.teacher", "gpt", "traces.custom.teacher: there is no model or experiment 'gpt'; there are "),
        ("traces.custom.problems", "p", "traces.custom.problems: there is no problem set 'p'"),
        ("benchmarks.easy.problems", "p", "benchmarks.easy.problems: there is no problem set 'p'"),
        ("experiments.sft.traces", ["custom", "t"], "experiments.sft.traces.1: there is no trace set 't'"),
        ("experiments.rl.problems", "p", "experiments.rl.problems: there is no problem set 'p'"),
        ("experiments.rl.from", "q", "experiments.rl.from: there is no model or experiment 'q'"),
        ("experiments.rl.from", "sft_rl", "experiments.rl.from: rl -> sft_rl -> rl is a circle; break it"),
        ("experiments.rl.from", "rl", "experiments.rl.from: rl -> rl is a circle; break it"),
        ("models.rl", {}, "experiments.rl: a model has this name too"),
        ("votes.experiments", ["x"], "votes.experiments.0: there is no experiment 'x'"),
        ("votes.benchmarks", ["x"], "votes.benchmarks.0: there is no benchmark 'x'"),
        ("votes.k", [1, 9], "votes.k.1: k = 9 needs at least as many samples, not 8"),
        (
            "votes.rewards",
            {"repetition": {"weight": 0.3, "unit": "tokens"}},
            "votes.rewards.repetition.unit: samples are kept as texts, so a vote cannot see their tokens; use unit: "
            "words",
        ),
        (
            "benchmarks.easy.samples",
            16,
            "benchmarks.easy.samples: several greedy samples are all the same; set this benchmark's temperature too, "
            "such as 0.7",
        ),
        ("comparisons", {"baseline": "x"}, "comparisons.baseline: there is no experiment 'x'"),
        ("comparisons", {"pairs": [["rl", "x"]]}, "comparisons.pairs.0: there is no experiment 'x'"),
        ("comparisons", {"pairs": [{"of": ["rl", "x"]}]}, "comparisons.pairs.0: there is no experiment 'x'"),
        ("comparisons", {"primary": ["rl", "x"]}, "comparisons.primary: there is no experiment 'x'"),
        ("comparisons", {"primary": ["rl", "rl"]}, "comparisons.primary: 'rl' is compared with itself; name two"),
        ("comparisons", {"pairs": [["rl", "sft"], ["sft", "rl"]]}, "comparisons.pairs.1: 'sft' and 'rl' are a pair"),
    ],
)
def test_checks_across_keys(tmp_path: Path, key: str, value: object, line: str) -> None:
    if line.startswith("experiments.rl.from: rl -> sft_rl"):
        lines = refusal(tmp_path, (key, value), ("experiments.sft_rl.from", "rl"))
    else:
        lines = refusal(tmp_path, (key, value))
    assert lines[0].startswith(line)
    assert len(lines) == 1


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("experiments.sft.learning_rate", "fast", "expected a number, or 'auto', not 'fast'"),
        ("experiments.sft.learning_rate", 5, "has to be at most 1, not 5"),
        ("experiments.row.checkpoint", "last", "expected a whole number, or 'best', not 'last'"),
        ("experiments.row.checkpoint", 0, "has to be at least 1, not 0"),
        ("seeds", [3, 3], "expected different seeds, since equal ones train the same model twice, not [3, 3]"),
        ("seeds", "two", "expected a whole number, or a list, not 'two'"),
    ],
)
def test_a_value_of_none_of_several_kinds_is_one_mistake(tmp_path: Path, key: str, value: Any, said: str) -> None:
    row = ("experiments.row", {"from": "rl", "stage": "none"})
    assert refusal(tmp_path, row, (key, value)) == [f"{key}: {said}"]


def test_all_mistakes_are_told_at_once_each_at_its_line(tmp_path: Path) -> None:
    path = write(tmp_path, TEXT.replace("samples: 8", "samples: 0").replace("size: 20", "sise: 20"))
    with pytest.raises(GradusError) as caught:
        validate(read_study_file(path))
    assert str(caught.value).splitlines() == [
        f"{path}:7: problems.test.sise: unknown key; did you mean size?",
        f"{path}:22: votes.samples: has to be at least 1, not 0",
    ]


def test_a_mistake_from_the_shell_says_so(tmp_path: Path) -> None:
    with pytest.raises(GradusError, match=r"^--config: votes\.samples: has to be at least 1, not 0$"):
        validate(read_study_file(write(tmp_path)), {"votes": {"samples": "0", "k": ["1"]}})


def test_a_benchmark_by_cluster_needs_a_set_that_names_the_column(tmp_path: Path) -> None:
    told = "benchmarks.hard.cluster: 'test' names no such column; set its `columns.cluster`, or take another key"
    assert refusal(tmp_path, ("benchmarks.hard.cluster", "cluster")) == [told]
    mine = {"source": "file", "repo": "me/mine", "columns": {"cluster": "passage"}}
    some = {"source": "subset", "of": "mine", "size": 5}
    changes = [("problems.mine", mine), ("problems.some", some), ("benchmarks.hard.cluster", "cluster")]
    for name in ("mine", "some"):
        assert study(tmp_path, *changes, ("benchmarks.hard.problems", name)).benchmarks["hard"].cluster == "cluster"
