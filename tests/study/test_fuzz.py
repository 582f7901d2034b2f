"""Whatever a study file holds, planning ends in a plan or in lines that name file and key: shipped studies, mutated.

Planned as a dry-run does it, without Snakemake: read, checked, made into jobs with their specs and estimates.
"""

import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gradus.estimates.dollars import last_lines
from gradus.estimates.resources import resources_of
from gradus.graph.graph import Graph, study_specs
from gradus.graph.spec_files import plan_specs
from gradus.provenance.errors import GradusError
from gradus.study.file import read_study_file
from gradus.study.services import service_file
from linked_project import PROJECT, linked_project
from study.dry_run import ask
from study.mutations import mutated_text, mutated_tree

STUDY = Path("config/study.yaml")
SECONDS = 30
"""Of CPU time; one takes a tenth of a second."""
LINE = re.compile(r"config/\w+\.yaml(:[0-9]+)?: \S[^\n]*")
SHIPPED = sorted(path.stem for path in (PROJECT / "config").glob("*.yaml"))
SEEDS = [name for name in SHIPPED if name not in ("hub.lock", "thousand")]
SPELLED_OUT = ["ci", "local_gpu", "pocket_backends_vllm", "real_small"]
"""Also with every default as a key, so that there is one to mutate."""


def of_examples(number: int) -> settings:
    return settings(max_examples=number, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project by links, with studies whose local files are there."""
    folder = linked_project(tmp_path / "project", "config")
    shutil.copytree(PROJECT / "config", folder / "config")
    monkeypatch.chdir(folder)
    Path("rows.jsonl").write_text('{"question": "1 + 1?", "answer": "2\\n#### 2"}\n', encoding="utf-8")
    own = Path("config/real_small.yaml")
    own.write_text(
        re.sub(r"\.\./shared/data/\w+\.jsonl", "rows.jsonl", own.read_text(encoding="utf-8")), encoding="utf-8"
    )
    return folder


def planned(study: Path) -> Graph:
    graph = Graph.read(study)
    plan_specs(graph)
    specs = study_specs(graph)
    for job in graph.jobs.values():
        resources_of(job.spec, specs)
    last_lines(specs, service_file(graph.study))
    return graph


def check(content: bytes) -> bool:
    """Whether the study is planned; if not, each line of the answer has to say where and what."""
    STUDY.write_bytes(content)
    began = time.process_time()
    try:
        planned(STUDY)
    except GradusError as error:
        lines = str(error).split("\n")
        assert all(LINE.fullmatch(line) and line.isprintable() and len(line) < 1000 for line in lines), lines
        return False
    finally:
        assert time.process_time() - began < SECONDS
    return True


def trees() -> list[Any]:
    found = [read_study_file(f"config/{name}.yaml").values for name in SEEDS]
    for name in SPELLED_OUT:
        found.append(Graph.read(f"config/{name}.yaml").study.model_dump(mode="json", by_alias=True))
    return found


def fuzz_values(examples: int) -> None:
    known = trees()

    @of_examples(examples)
    @given(st.data())
    def mutate(data: st.DataObject) -> None:
        tree = mutated_tree(data.draw, data.draw(st.sampled_from(known)))
        check(yaml.safe_dump(tree, sort_keys=False, allow_unicode=True).encode("utf-8", "surrogatepass"))

    mutate()


def fuzz_texts(examples: int) -> None:
    known = [Path(f"config/{name}.yaml").read_text(encoding="utf-8") for name in SEEDS]

    @of_examples(examples)
    @given(st.data())
    def mutate(data: st.DataObject) -> None:
        check(mutated_text(data.draw, data.draw(st.sampled_from(known))))

    mutate()


@pytest.mark.parametrize("name", SEEDS)
def test_the_seeds_themselves_are_planned(project: Path, name: str) -> None:
    assert planned(Path(f"config/{name}.yaml")).jobs
    if name in SPELLED_OUT:
        spelled_out = Graph.read(f"config/{name}.yaml").study.model_dump(mode="json", by_alias=True)
        assert check(yaml.safe_dump(spelled_out, sort_keys=False).encode())


@pytest.mark.parametrize(("fuzz", "examples"), [(fuzz_values, 80), (fuzz_texts, 40)])
def test_a_study_with_mistakes_is_planned_or_answered(
    project: Path, fuzz: Callable[[int], None], examples: int
) -> None:
    fuzz(examples)


@pytest.mark.slow
@pytest.mark.parametrize(("fuzz", "examples"), [(fuzz_values, 400), (fuzz_texts, 400)])
def test_hundreds_of_studies_with_mistakes_are_planned_or_answered(
    project: Path, fuzz: Callable[[int], None], examples: int
) -> None:
    fuzz(examples)


@pytest.mark.slow
def test_the_whole_command_answers_as_planning_does(project: Path) -> None:
    """Snakemake reads the file too, before and after Gradus does."""
    answers: list[int] = []

    @of_examples(12)
    @given(st.data())
    def mutate(data: st.DataObject) -> None:
        tree = mutated_tree(data.draw, read_study_file("config/ci.yaml").values)
        planned_too = check(yaml.safe_dump(tree, sort_keys=False, allow_unicode=True).encode("utf-8", "surrogatepass"))
        answer = ask(project, "--configfile", str(STUDY))
        answers.append(answer.code)
        assert answer.code == (0 if planned_too else 1)
        assert not any("Traceback" in line for line in answer.lines)
        assert planned_too or all(LINE.fullmatch(line.removeprefix("error: ")) for line in answer.lines)

    mutate()
    assert 1 in answers
    assert ask(project, "--configfile", "config/ci.yaml").code == 0
