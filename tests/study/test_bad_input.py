"""Bad input: one clear line, at once, before any job, and on the real command line no Python traceback."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from gradus.graph.graph import Graph
from gradus.provenance.errors import GradusError
from linked_project import PROJECT, linked_project
from study.dry_run import Answer, ask

POCKET = PROJECT / "config" / "pocket.yaml"
SECONDS = 30
"""Of CPU time: a dry run takes about three, and a job minutes."""
EXTENDS = f"extends: {POCKET}\nstudy: bad\n"
WHOLE = """\
study: bad
models: {base: {}}
problems: {test: {source: pocket, split: evaluation, size: 10}}
benchmarks: {test: {problems: test}}
experiments:
  baseline: {from: base, stage: none}
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project by links, so that nothing here touches its results."""
    folder = tmp_path_factory.mktemp("project")
    return linked_project(folder)


def check_refusal(project: Path, answer: Answer, expected: Sequence[str]) -> None:
    assert answer.code == 1
    assert answer.lines == list(expected)
    assert answer.cpu_seconds < SECONDS
    assert not (project / "results").exists()


# What is wrong, the study, and the one line that answers it.
BAD_STUDIES = {
    "unknown key": (
        EXTENDS + "sede: 3\n",
        "bad.yaml:3: sede: unknown key; did you mean seed?",
    ),
    "wrong type": (
        EXTENDS + "experiments:\n  direct_rl: {steps: many}\n",
        "bad.yaml:4: experiments.direct_rl.steps: expected a whole number, not 'many'",
    ),
    "circle of experiments": (
        EXTENDS + "experiments:\n  sft_custom:\n    from: sft_then_rl\n",
        "bad.yaml:5: experiments.sft_custom.from: sft_custom -> sft_then_rl -> sft_custom is a circle; break it",
    ),
    "parent that does not exist": (
        WHOLE + "  rl: {from: bose, stage: grpo, problems: test}\n",
        "bad.yaml:7: experiments.rl.from: there is no model or experiment 'bose'; there are base, baseline, rl",
    ),
    "no parent": (
        WHOLE + "  rl: {stage: grpo, problems: test}\n",
        "bad.yaml:7: experiments.rl.from: this key is required; see config/README.md",
    ),
    "negative rate": (
        EXTENDS + "experiments:\n  direct_rl:\n    learning_rate: -1e-3\n",
        "bad.yaml:5: experiments.direct_rl.learning_rate: has to be greater than 0, not -0.001",
    ),
    "benchmark of a set that does not exist": (
        WHOLE.replace("problems: test}", "problems: tset}"),
        "bad.yaml:4: benchmarks.test.problems: there is no problem set 'tset'; there are test",
    ),
    "benchmark of no set": (
        WHOLE.replace("problems: test}", "max_tokens: 9}"),
        "bad.yaml:4: benchmarks.test.problems: this key is required; see config/README.md",
    ),
    "benchmark of an empty set": (
        WHOLE.replace("size: 10", "size: 0"),
        "bad.yaml:3: problems.test.size: has to be at least 1, not 0",
    ),
    "the same experiment twice": (
        WHOLE + "  baseline: {from: base, stage: none}\n",
        "bad.yaml:7: experiments.baseline: duplicate key (first at bad.yaml:6); rename or remove one",
    ),
    "an experiment named as a model": (
        WHOLE + "  base: {from: baseline, stage: none}\n",
        "bad.yaml:7: experiments.base: a model has this name too, and both would write models/base; rename one",
    ),
    "no experiments": (
        WHOLE.partition("experiments:")[0],
        "bad.yaml: experiments: this key is required; see config/README.md",
    ),
    "k above the samples": (
        EXTENDS + "votes:\n  samples: 8\n  k: [1, 16]\n",
        "bad.yaml:5: votes.k.1: k = 16 needs at least as many samples, not 8",
    ),
    "broken YAML": (
        WHOLE + "  rl: {from: base\n",
        "bad.yaml:8: not valid YAML: while parsing a flow mapping, expected ',' or '}', but got '<stream end>'; "
        "correct this line",
    ),
    "an extended file that is missing": (
        "extends: poket.yaml\nstudy: bad\n",
        "bad.yaml: extends: poket.yaml: no such study file; config/ holds those that come with Gradus",
    ),
}


@pytest.mark.parametrize("what", BAD_STUDIES)
def test_a_bad_study_is_refused_with_one_line(project: Path, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text, line = BAD_STUDIES[what]
    monkeypatch.chdir(project)
    Path("bad.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(GradusError) as refused:
        Graph.read("bad.yaml")
    assert str(refused.value) == line


@pytest.mark.parametrize("what", ["unknown key", "broken YAML", "an extended file that is missing"])
def test_the_command_answers_so_and_says_nothing_else(project: Path, what: str) -> None:
    """Snakemake reads the file too, before and after Gradus does."""
    text, line = BAD_STUDIES[what]
    (project / "bad.yaml").write_text(text, encoding="utf-8")
    check_refusal(project, ask(project, "--configfile", "bad.yaml"), [f"error: {line}"])


def test_a_study_that_cannot_be_read_is_answered_with_one_line(project: Path) -> None:
    (project / "latin.yaml").write_bytes("title: Größe\n".encode("latin-1"))
    for name, line in {
        "missing.yaml": "missing.yaml: no such study file; config/ holds those that come with Gradus",
        "config": "config: this is a folder; name a study file in it",
        "latin.yaml": "latin.yaml: not UTF-8 text (byte 9); save the file as UTF-8",
    }.items():
        check_refusal(project, ask(project, "--configfile", name), [f"error: {line}"])


def test_a_target_after_the_study_is_answered_with_the_right_order(project: Path) -> None:
    answer = ask(project, "--configfile", "config/pocket.yaml", "report")
    meant = "snakemake report --configfile config/pocket.yaml"
    line = f"error: --configfile takes all that follows it; write what to build before it: {meant}"
    check_refusal(project, answer, [line])


def test_a_bad_value_from_the_shell_is_answered_with_one_line(project: Path) -> None:
    answer = ask(project, "--config", "votes={samples: 0}")
    check_refusal(project, answer, ["error: --config: votes.samples: has to be at least 1, not 0"])


def test_a_good_study_is_planned(project: Path) -> None:
    """The small study whole, and nothing run or written: what the refusals above keep from happening."""
    (project / "good.yaml").write_text(WHOLE, encoding="utf-8")
    answer = ask(project, "--configfile", "good.yaml")
    assert answer.code == 0
    assert "rule pretrain:" in answer.lines
    assert not (project / "results").exists()
