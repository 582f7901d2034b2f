"""The page as text: complete, closed to the outside, safe against what models write, the same every time."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradus.reporting.inputs import ReportInputs
from gradus.reporting.loading import load_inputs
from gradus.reporting.page.render import content_hash, json_for_script
from gradus.reporting.report import build_report
from reporting.conftest import TITLE
from reporting.made_ablation import MadeStudy
from reporting.study_files import files_of, write_study

HOSTILE = (
    '</script><img src=x onerror="document.title=1"><!-- <script>alert(1)</script>'
    " \u2028\u2029 &lt;b&gt; {{ 7*7 }} \x00"
)


class Elements(HTMLParser):
    """Names, attributes and sections of a page, as an HTML parser that knows no script sees them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.data: dict[str, str] = {}
        self._inside = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self._inside = f"{tag}#{dict(attrs).get('id', '')}"

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.data[self._inside] = self.data.get(self._inside, "") + data

    def names(self) -> set[str]:
        return {name for name, _ in self.found}

    def sections(self) -> list[str]:
        return [str(attributes["id"]) for name, attributes in self.found if name == "section"]


def test_all_sections_are_there(page: str) -> None:
    assert Elements(page).sections() == [
        *(
            "results",
            "accuracy",
            "comparisons",
            "outcomes",
            "levels",
            "flips",
            "settings",
            "lengths",
            "graders",
            "learning",
            "losses",
            "stages",
            "domain-tokens",
            "scaling",
            "samples",
        ),
        *("traces", "costs", "provenance"),
    ]
    assert TITLE in page
    assert "GRPO v2 (hard problems)" in page


def test_the_same_inputs_give_the_same_bytes(results: Path, page: str) -> None:
    assert build_report(load_inputs(files_of(results), {"torch": "2.13.0"}, seed=7, title=TITLE)) == page


def test_nothing_comes_from_elsewhere(page: str) -> None:
    assert not re.search(r"(?:https?:)?//[a-z]", page.split('id="data"')[0])
    for name, attributes in Elements(page).found:
        assert name not in ("iframe", "object", "embed", "form", "img", "base")
        assert not any(key.startswith("on") or key == "style" for key in attributes), attributes
        for key in ("src", "href", "action", "xlink:href"):
            assert (attributes.get(key) or "#").startswith(("#", "data:,")), attributes


def test_the_policy_admits_exactly_the_style_and_the_script(page: str) -> None:
    elements = Elements(page)
    policy = next(a["content"] for name, a in elements.found if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    script = re.search(r"<script>(.*?)</script>", page, re.DOTALL)
    assert style is not None
    assert script is not None
    assert f"style-src {content_hash(style[1])};" in policy
    assert f"script-src {content_hash(script[1])};" in policy


def test_the_script_never_writes_markup(page: str) -> None:
    script = page.split("<script>")[1]
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|Function\(", script)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> str:
    study = MadeStudy(
        experiments=(("baseline", HOSTILE, "none", "student", HOSTILE, 0.5), ("grpo_v2", "", "grpo", "x", "", 0.9)),
        benchmarks=(("math500", "MATH <b>500</b>"),),
        texts={("baseline", "math500", i): HOSTILE + "x" * 50_000 for i in range(60)},
        problems={("math500", i): HOSTILE for i in range(60)},
    )
    results = write_study(tmp_path_factory.mktemp("hostile"), study)
    return build_report(load_inputs(files_of(results), title=HOSTILE))


def test_hostile_text_stays_text(hostile: str, page: str) -> None:
    elements = Elements(hostile)
    assert elements.names() == Elements(page).names() | {"svg"}
    assert "alert(1)" in hostile
    assert "{{ 7*7 }}" in hostile
    assert hostile.count("<script") == 2
    assert hostile.count("</script>") == 2
    data = hostile.split('id="data">')[1].split("</script>")[0]
    assert not set("<>&\u2028\u2029\x00") & set(data)
    texts = [
        i["text"] for c in json.loads(data)["samples"]["cells"] for o in c["outcomes"].values() for i in o["items"]
    ]
    assert any(text.startswith(HOSTILE) for text in texts)


def test_huge_text_is_cut_and_says_so(hostile: str) -> None:
    assert len(hostile) < 3_000_000
    data = json.loads(hostile.split('id="data">')[1].split("</script>")[0])
    item = next(i for c in data["samples"]["cells"] for o in c["outcomes"].values() for i in o["items"] if "cut" in i)
    assert item["cut"] > 40_000
    assert "[…]" in item["text"]


@given(
    st.recursive(
        st.text() | st.none() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_embedded_json_is_read_back_as_it_was(value: object) -> None:
    text = str(json_for_script(value))
    assert json.loads(text) == value
    assert not set("<>&\u2028\u2029") & set(text)


def test_lone_surrogates_do_not_break_the_file(inputs: ReportInputs) -> None:
    assert json.loads(json_for_script("a\ud800")) == "a\ud800"
    json_for_script("a\ud800").encode("utf-8")
    build_report(replace(inputs, title="a\ud800")).encode("utf-8")


def test_only_the_table_is_needed(inputs: ReportInputs) -> None:
    page = build_report(ReportInputs(inputs.ablation))
    assert Elements(page).sections() == ["results", "accuracy", "provenance"]


@pytest.mark.parametrize(
    ("part", "section"),
    [
        *[("comparisons", "comparisons"), ("votes", "scaling"), ("traces", "traces"), ("ledger", "costs")],
        *[("samples", "samples"), ("problems", "samples"), ("second_opinion", "graders")],
        *[("completion_lengths", "lengths"), ("stages", "stages"), ("evals", "domain-tokens")],
    ],
)
def test_a_missing_part_leaves_its_section_out(inputs: ReportInputs, part: str, section: str) -> None:
    empty = type(getattr(inputs, part))()
    assert section not in Elements(build_report(replace(inputs, **{part: empty}))).sections()


def test_without_sft_there_are_still_learning_curves(inputs: ReportInputs) -> None:
    metrics = {name: rows for name, rows in inputs.metrics.items() if name not in ("sft", "student")}
    sections = Elements(build_report(replace(inputs, metrics=metrics))).sections()
    assert "learning" in sections
    assert "losses" not in sections
