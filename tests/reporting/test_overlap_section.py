"""The page's section on contamination: both texts side by side, escaped, and no more than fit."""

import html
from dataclasses import replace
from pathlib import Path
from typing import Any

from gradus.provenance.files import write_json
from gradus.reporting import contamination
from gradus.reporting.inputs import ReportInputs
from gradus.reporting.loading import load_inputs
from gradus.reporting.report import build_report
from reporting.study_files import files_of, write_study
from reporting.test_page import HOSTILE, Elements


def pair(number: int, other_kind: str = "problems", **more: Any) -> dict[str, Any]:
    return {
        **{"benchmark": "math500", "id": f"m-{number}", "problem": f"Ours {number}", "kind": "exact", "share": 1.0},
        **{"other": "train", "other_row": number, "other_id": f"t-{number}", "other_problem": f"Theirs {number}"},
        **{"other_kind": other_kind, **more},
    }


def found(*pairs: dict[str, Any], policy: str = "report") -> dict[str, Any]:
    training = {
        "kind": "problems",
        "set": "train",
        "rows": 7500,
        "overlapping": 2,
        "near": 1,
        "benchmarks": {"math500": 2},
    }
    shares = {"8": 0.9, "13": 0.8}
    return {
        "policy": policy,
        "near": "report",
        "shares": shares,
        "training": [training],
        "benchmarks": {},
        "pairs": list(pairs),
    }


def test_a_study_without_the_list_has_no_section(page: str) -> None:
    assert "contamination" not in Elements(page).sections()


def test_both_texts_stand_in_the_page_and_run_nothing(tmp_path: Path) -> None:
    results = write_study(tmp_path)
    pairs = [pair(1, problem=HOSTILE, other_problem=f"{HOSTILE} again", kind="13-gram", share=0.846)]
    write_json(results / "contamination.json", found(*pairs, pair(2, other_kind="benchmark", other="math_test")))
    page = build_report(load_inputs(files_of(results)))
    elements = Elements(page)
    assert elements.sections()[-4:] == ["contamination", "traces", "costs", "provenance"]
    assert "img" not in elements.names()
    section = page[page.index('<section id="contamination">') :].split("</section>")[0]
    assert HOSTILE.split("\x00")[0] in html.unescape(section)
    assert "85% of the 13-grams" in section
    assert "7,500" in section
    assert "Between benchmarks: 1 of math500 in math_test." in section


def test_pairs_are_capped_with_their_count(inputs: ReportInputs) -> None:
    pairs = [pair(n) for n in range(55)] + [pair(n, "traces") for n in range(5)] + [pair(9, "benchmark")]
    section = contamination.section(replace(inputs, contamination=found(*pairs)))
    assert section is not None
    training, shared = section["groups"]
    assert (training["total"], training["shown"], len(training["pairs"]), training["all"]) == ("60", "40", 40, False)
    assert (shared["total"], len(shared["pairs"]), shared["all"]) == ("1", 1, True)
    long = contamination.section(replace(inputs, contamination=found(pair(1, problem="x" * 9000))))
    assert long is not None
    assert len(long["groups"][0]["pairs"][0]["problem"]) < 1600
