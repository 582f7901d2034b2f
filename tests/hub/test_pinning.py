"""Adding pins: from branches and tags to commits, and nothing that is pinned is moved."""

from gradus.hub.lock import LOCK_FILE, Pin, Repo, read_lock, write_lock
from hub.double import HubDouble
from hub.jobs import CLOSED, Jobs
from hub.made_repos import gsm8k, math500, qwen3
from hub.pins import pin_of

GSM8K, MATH = "datasets/openai/gsm8k", "datasets/HuggingFaceH4/MATH-500"
REPOS = [("dataset", "openai/gsm8k"), ("dataset", "HuggingFaceH4/MATH-500"), ("model", "Qwen/tiny")]
SETS = """\
study: pins
models:
  base: {steps: 1}
problems:
  gsm: {source: gsm8k, split: test}
  math: {source: math500}
benchmarks:
  gsm: {problems: gsm}
experiments:
  baseline: {from: base, stage: none}
"""
ALL = SETS.replace("steps: 1", "source: hub, repo: Qwen/tiny")


def test_pins_are_the_newest_commits_with_the_digests_of_their_files(hub: HubDouble, jobs: Jobs) -> None:
    hub.commit(GSM8K, gsm8k(2))
    commits = {repo: hub.commit(repo, files) for repo, files in ((GSM8K, gsm8k(3)), (MATH, math500(3)))}
    commits["models/Qwen/tiny"] = hub.commit("models/Qwen/tiny", qwen3())
    assert jobs.pins(ALL), jobs.said
    lock = read_lock(jobs.folder / LOCK_FILE)
    assert lock == {
        Repo(*repo): pin_of(hub, f"{repo[0]}s/{repo[1]}", commits[f"{repo[0]}s/{repo[1]}"]) for repo in REPOS
    }
    assert hub.downloads() == []


def test_what_is_pinned_stays_and_a_wish_is_resolved(hub: HubDouble, jobs: Jobs) -> None:
    old = hub.commit(GSM8K, gsm8k(2))
    hub.commit(GSM8K, gsm8k(3))
    wanted = hub.commit(MATH, math500(2))
    hub.commit(MATH, math500(3))
    path = jobs.folder / LOCK_FILE
    write_lock({Repo(*REPOS[0]): pin_of(hub, GSM8K, old), Repo(*REPOS[1]): Pin(wanted)}, path)
    assert jobs.pins(SETS), jobs.said
    assert read_lock(path) == {Repo(*REPOS[0]): pin_of(hub, GSM8K, old), Repo(*REPOS[1]): pin_of(hub, MATH, wanted)}
    assert not [path for _, path, _ in hub.asked if "gsm8k" in path]


def test_a_repository_that_fails_costs_the_others_nothing(hub: HubDouble, jobs: Jobs) -> None:
    sha = hub.commit(MATH, math500(2))
    assert not jobs.pins(SETS)
    (error,) = jobs.errors()
    assert "gsm8k does not exist" in error
    assert read_lock(jobs.folder / LOCK_FILE) == {Repo(*REPOS[1]): pin_of(hub, MATH, sha)}


def test_no_network_is_one_line(hub: HubDouble, jobs: Jobs) -> None:
    assert not jobs.pins(SETS, HF_ENDPOINT=CLOSED)
    (error,) = jobs.errors()
    assert "cannot be reached" in error
    assert not (jobs.folder / LOCK_FILE).exists()
