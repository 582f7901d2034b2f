"""One new file adds a reward part, a problem source or a kind of trace sets: studies may name it, and jobs load it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from study.made_study import TEXT

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"

PART = '''
from gradus.study.settings.reward_part import Part

def shouting(completion):
    """1 where the text is in capitals."""
    return float(completion.text.isupper())

PART = Part(shouting, blind=True)
'''

PROBLEMS = '''
from typing import Literal

from pydantic import Field

from gradus.problems.problem import Problem
from gradus.problems.source import GeneratedSource
from gradus.study.settings.problems import ProblemSettings

class Sums(ProblemSettings):
    """Sums."""
    source: Literal["sums"] = Field("sums", description="Sums of one number with itself.")
    size: int = Field(3, description="How many.")

def generate(settings, name, seed):
    return [Problem(f"{name}-{n}", f"{n} + {n}?", str(2 * n), 0, "sums", "sums") for n in range(settings.size)]

SOURCE = GeneratedSource(Sums, generate, lambda settings: settings.size, lambda settings, seed: [])
'''

TRACES = '''
from typing import Literal

from pydantic import Field

from gradus.study.settings.downloads import files_field, repo_field
from gradus.study.settings.traces import PublishedTraces
from gradus.traces.source import TraceSource

class Letters(PublishedTraces):
    """Letters."""
    kind: Literal["letters"] = Field("letters", description="Letters.")
    repo: str = repo_field("some/letters")
    files: list[str] = files_field("*.jsonl")

SOURCE = TraceSource(Letters, lambda reading, settings: iter(()))
'''

RUN = """
import json, sys
from importlib import import_module
from pathlib import Path

folder = Path(sys.argv[1])
for package in ("gradus.rewards.parts", "gradus.problems.sources", "gradus.traces.sources"):
    import_module(package).__path__.append(str(folder / package))

from gradus.graph.graph import Graph
from gradus.study.documentation import config_readme

modules = {name: job.modules for name, job in Graph.read(folder / "small.yaml").jobs.items()}
print(json.dumps({"modules": modules, "readme": config_readme()}))
"""


def planned(folder: Path) -> Any:
    """What planning says of the small study with a part, a problem set and traces of the new files."""
    for package, name, text in (
        ("gradus.rewards.parts", "shouting", PART),
        ("gradus.problems.sources", "sums", PROBLEMS),
        ("gradus.traces.sources", "letters", TRACES),
    ):
        (folder / package).mkdir()
        (folder / package / f"{name}.py").write_text(text, encoding="utf-8")
    text = TEXT.replace("problems:\n", "problems:\n  doubled: {source: sums, size: 5}\n")
    text = text.replace("traces:\n", "traces:\n  mine: {kind: letters}\n  own: {kind: solutions, problems: doubled}\n")
    text = text.replace("votes:\n", "votes:\n  rewards: {shouting: 0.5}\n")
    (folder / "small.yaml").write_text(text, encoding="utf-8")
    command = [sys.executable, "-c", RUN, str(folder)]
    done = subprocess.run(command, cwd=SCRIPTS, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def test_a_new_file_is_all_that_a_new_plugin_takes(tmp_path: Path) -> None:
    found = planned(tmp_path)
    assert found["modules"]["problems/doubled"] == ["gradus.problems.sources.sums"]
    assert found["modules"]["traces/mine"] == ["gradus.traces.sources.letters"]
    assert found["modules"]["traces/own"][1] == "gradus.problems.sources.sums"
    assert found["modules"]["votes/rl/easy"] == ["gradus.rewards.parts.shouting"]
    for words in ("| `shouting` | number, at least 0, or null | `null` | 1 where", "`source: sums`", "`kind: letters`"):
        assert words in found["readme"]
