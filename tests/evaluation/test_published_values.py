"""Published values beside the measured ones, in the table and its files."""

import csv
import json
from io import StringIO

import pytest

from evaluation.test_ablation import EXPERIMENTS, TABLE, inputs
from gradus.evaluation import ablation_csv
from gradus.evaluation.ablation import build
from gradus.evaluation.ablation_table import render_markdown
from gradus.evaluation.published import one_share
from gradus.study.settings.published import PublishedNumber

__all__ = ["inputs"]


PUBLISHED = {
    "grpo": {"math": PublishedNumber(low=0.902, high=0.902, error=0.026), "aime": one_share(0.1)},
    "sft": {
        "math": PublishedNumber(low=0.5, high=0.55),
        "aime": PublishedNumber(low=0.35, high=0.35, correct=7, of=20),
    },
}


def with_published(inputs):
    experiments = [e.model_copy(update={"published": PUBLISHED.get(e.name, {})}) for e in EXPERIMENTS]
    table = TABLE.model_copy(update={"experiments": experiments, "published_from": "Some_one 2025"})
    return {**inputs, "table": table}


def test_published_values_are_below_the_measured_ones(inputs):
    ablation = json.loads(json.dumps(build(**with_published(inputs))))
    base, sft, grpo = ablation["experiments"]
    assert "published" not in base
    aime = sft["published"]["aime"]
    assert (aime["low"], aime["high"], aime["of"], aime["delta"], aime["inside"]) == (0.35, 0.35, 20, None, None)
    # 32 of 40: Wilson's interval is 65.2 to 89.5%, which 90.2% is beyond; that of 3 of 30 holds 10%
    found = [(grpo["published"][name]["delta"], grpo["published"][name]["inside"]) for name in ("math", "aime")]
    assert found == [(pytest.approx(-0.102), False), (0.0, True)]
    text = render_markdown(ablation)
    lines = text.splitlines()
    assert [line.split("|")[1].strip() for line in lines[2:7]] == [
        *("**Baseline**", "**SFT**", "published", "**GRPO_v2**", "published")
    ]
    assert [cell.strip() for cell in lines[4].split("|")[2:4]] == ["50.0–55.0% (−5.0)", "35.0%, 7 of 20"]
    assert [cell.strip() for cell in lines[6].split("|")[2:4]] == ["90.2% ± 2.6 (−10.2) †", "10.0% (0.0)"]
    assert len({len(line) for line in lines[:7]}) == 1
    assert "- published: Some_one 2025. In brackets" in text


def test_published_values_in_the_csv(inputs):
    header, base, sft, grpo = csv.reader(StringIO(ablation_csv.render(build(**with_published(inputs)))))
    assert header[20:] == [
        f"{b}_{part}"
        for b in ("math", "aime")
        for part in ("published", "published_lo", "published_hi", "less_published", "published_inside")
    ]
    assert base[20:] == [""] * 10
    assert sft[20:] == ["", "0.5", "0.55", "-0.05", "true", "0.35", "", "", "", ""]
    assert grpo[20:] == ["0.902", "0.876", "0.928", "-0.102", "false", "0.1", "", "", "0", "true"]


def test_a_benchmark_of_published_values_alone(inputs):
    given = with_published(inputs)
    for part in ("scores", "answers"):
        given[part] = {key: value for key, value in given[part].items() if key[1] == "math"}
    ablation = build(**given)
    assert ablation["benchmarks"][1]["n"] is None
    text = render_markdown(ablation)
    assert "AIME 2024 (not measured)" in text
    assert "35.0%" in text
    assert ablation_csv.render(ablation).splitlines()[3].endswith(",0.902,0.876,0.928,-0.102,false,0.1,,,,")
