"""A small whole study for tests, as text and as values."""

import copy
from pathlib import Path
from typing import Any, TypeVar

import yaml

from gradus.graph.graph import Graph
from gradus.specs.base import JobSettings
from gradus.study.file import read_study_file
from gradus.study.schema import Study, validate

S = TypeVar("S", bound=JobSettings)

TEXT = """\
study: small
models:
  base: {}
  teacher: {}
problems:
  train: {source: pocket, split: train, size: 50}
  test: {source: pocket, split: evaluation, size: 20}
traces:
  custom: {kind: distilled, teacher: teacher, problems: train}
  public: {kind: pocket_public}
benchmarks:
  easy: {problems: test}
  hard: {problems: test, max_tokens: 50}
experiments:
  baseline: {from: base, stage: none}
  sft: {from: base, stage: sft, traces: [custom], learning_rate: 1e-3}
  rl: {from: base, stage: grpo, problems: train}
  sft_rl: {from: sft, inherits: rl, steps: 7}
votes:
  experiments: [baseline, rl]
  benchmarks: [easy]
  samples: 8
  k: [1, 8]
"""


def write(folder: Path, text: str = TEXT, name: str = "small.yaml") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def changed(folder: Path, *changes: tuple[str, Any]) -> Path:
    """The small study with dotted keys set to new values (None in place of a value removes the key)."""
    values = copy.deepcopy(read_study_file(write(folder)).values)
    for name, value in changes:
        *groups, key = name.split(".")
        group = values
        for part in groups:
            group = group[part]
        if value is None:
            del group[key]
        else:
            group[key] = value
    return write(folder, yaml.safe_dump(values, sort_keys=False), "changed.yaml")


def study(folder: Path, *changes: tuple[str, Any]) -> Study:
    return validate(read_study_file(changed(folder, *changes)))


def spec_of(graph: Graph, name: str, kind: type[S]) -> S:
    """The settings of a job, such as `models/sft`, which is of this kind."""
    settings = graph.jobs[name].settings
    assert isinstance(settings, kind)
    return settings
