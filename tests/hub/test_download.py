"""Data from the hub: at the pinned commit, whole or not at all, and told in one line where it fails."""

from pathlib import Path

import pytest

from hub.double import HubDouble
from hub.jobs import CLOSED, Jobs
from hub.made_repos import gsm8k
from hub.pins import pin_of
from hub.scripts import without_hub

REPO = "datasets/openai/gsm8k"
NAME = "openai/gsm8k"
FILE = "main/test-00000-of-00001.parquet"
TOKEN = "hf_aSecretThatNobodyShouldEverSee"


def two_files() -> dict[str, bytes]:
    """A small file that comes first, and one large enough to break off in the middle."""
    return {"main/a-first.jsonl": b'{"a": 1}\n', FILE: gsm8k(3000)[FILE]}


def test_the_pinned_commit_is_fetched_though_the_branch_moved_on(hub: HubDouble, jobs: Jobs) -> None:
    old = hub.commit(REPO, gsm8k(3))
    hub.commit(REPO, gsm8k(4))
    assert jobs.data(NAME, pin_of(hub, REPO, old)), jobs.said
    assert jobs.out() == {FILE: gsm8k(3)[FILE]}  # and not the README
    assert {path.split("/resolve/")[1].split("/")[0] for path in hub.downloads()} == {old}


def test_a_full_cache_needs_no_network(hub: HubDouble, jobs: Jobs) -> None:
    pin = pin_of(hub, REPO, hub.commit(REPO, gsm8k(3)))
    assert jobs.data(NAME, pin), jobs.said
    asked = len(hub.asked)
    assert jobs.data(NAME, pin, name="again", HF_ENDPOINT=CLOSED), jobs.said
    assert jobs.out("again") == jobs.out()
    assert len(hub.asked) == asked


def test_results_are_links_into_the_cache(hub: HubDouble, jobs: Jobs) -> None:
    """No second copy, and a time stamp of their own."""
    pin = pin_of(hub, REPO, hub.commit(REPO, gsm8k(3)))
    assert jobs.data(NAME, pin), jobs.said
    link = jobs.folder / "out/set" / FILE
    assert link.is_symlink()
    assert link.resolve().is_relative_to(jobs.cache)


def test_a_broken_download_leaves_nothing_and_the_rerun_repairs_it(hub: HubDouble, jobs: Jobs) -> None:
    files = two_files()
    pin = pin_of(hub, REPO, hub.commit(REPO, files))
    hub.cuts[FILE] = 2000
    assert not jobs.data(NAME, pin)
    assert len(jobs.errors()) == 1
    assert "answers 503" in jobs.errors()[0]
    assert jobs.left() == set()
    snapshots = {path.name for path in jobs.cache.rglob("snapshots/**/*") if path.is_file()}
    assert snapshots == {"a-first.jsonl"}  # what was finished, and nothing that looks whole and is not
    hub.cuts.clear()
    hub.asked.clear()
    assert jobs.data(NAME, pin), jobs.said
    assert jobs.out() == files
    assert [path.rpartition("/")[2] for path in hub.downloads()] == [FILE.rpartition("/")[2]]


def test_a_result_that_is_there_stays_until_the_new_one_is_whole(hub: HubDouble, jobs: Jobs) -> None:
    old, new = hub.commit(REPO, gsm8k(3)), hub.commit(REPO, two_files())
    assert jobs.data(NAME, pin_of(hub, REPO, old)), jobs.said
    hub.cuts[FILE] = 2000
    assert not jobs.data(NAME, pin_of(hub, REPO, new))
    assert jobs.out() == {FILE: gsm8k(3)[FILE]}
    hub.cuts.clear()
    assert jobs.data(NAME, pin_of(hub, REPO, new)), jobs.said
    assert jobs.out() == two_files()


@pytest.mark.parametrize("damage", ["shorter", "other bytes", "gone"])
def test_a_damaged_cache_is_mended(hub: HubDouble, jobs: Jobs, damage: str) -> None:
    pin = pin_of(hub, REPO, hub.commit(REPO, gsm8k(3)))
    assert jobs.data(NAME, pin), jobs.said
    blob = (jobs.folder / "out/set" / FILE).resolve()
    data = blob.read_bytes()
    if damage == "gone":
        blob.unlink()
    else:
        blob.write_bytes(data[:-5] if damage == "shorter" else bytes(reversed(data)))
    assert jobs.data(NAME, pin), jobs.said
    assert jobs.out() == {FILE: data}


def test_other_bytes_than_the_lock_says_are_refused(hub: HubDouble, jobs: Jobs) -> None:
    sha = hub.commit(REPO, gsm8k(3))
    pin = pin_of(hub, REPO, sha)
    data = hub.commits[REPO][sha][FILE]
    hub.commits[REPO][sha][FILE] = data[:-1] + bytes([data[-1] ^ 1])
    assert not jobs.data(NAME, pin)
    (error,) = jobs.errors()
    assert f"{NAME} {FILE}: what the hub sent is not what the lock says" in error
    assert jobs.left() == set()


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"HF_ENDPOINT": CLOSED}, "cannot be reached ("),
        ({"HF_ENDPOINT": "http://no-such-host.invalid"}, "cannot be reached ("),
        ({"HF_HUB_OFFLINE": "1"}, "HF_HUB_OFFLINE is set"),
    ],
)
def test_no_network_is_one_line_with_the_way_out(
    hub: HubDouble, jobs: Jobs, variables: dict[str, str], words: str
) -> None:
    """That it comes at once shows in the test's own time limit: huggingface_hub by itself would try for minutes."""
    pin = pin_of(hub, REPO, hub.commit(REPO, gsm8k(3)))
    assert not jobs.data(NAME, pin, **variables)
    (error,) = jobs.errors()
    assert words in error
    assert "name a local copy in the study file: problems.set.path" in error
    assert "Traceback" not in jobs.said
    assert hub.asked == []


def test_a_gated_set_says_what_is_missing(hub: HubDouble, jobs: Jobs) -> None:
    pin = pin_of(hub, REPO, hub.commit(REPO, gsm8k(3)))
    hub.gated[REPO] = TOKEN
    assert not jobs.data(NAME, pin)
    (error,) = jobs.errors()
    assert f"{hub.url}/{REPO} is gated: ask for access on its page, and set HF_TOKEN" in error
    assert not jobs.data(NAME, pin, HF_TOKEN="hf_another")
    (error,) = jobs.errors()
    assert "the token in HF_TOKEN has no access" in error
    assert "hf_another" not in jobs.said
    assert jobs.left() == set()


def test_the_token_opens_a_gated_set_and_is_written_nowhere(hub: HubDouble, jobs: Jobs) -> None:
    pin = pin_of(hub, REPO, hub.commit(REPO, gsm8k(3)))
    hub.gated[REPO] = TOKEN
    assert jobs.data(NAME, pin, HF_TOKEN=TOKEN), jobs.said
    assert jobs.out() == {FILE: gsm8k(3)[FILE]}
    assert {given for _, path, given in hub.asked if "/resolve/" in path} == {TOKEN}
    assert TOKEN not in jobs.said
    written = [path for path in jobs.folder.rglob("*") if path.is_file()]
    assert len(written) > 3
    assert not any(TOKEN.encode() in path.read_bytes() for path in written)


def test_a_stored_login_is_not_used(hub: HubDouble, jobs: Jobs) -> None:
    """The environment alone says who asks: a file in the home folder would make builds differ between machines."""
    pin = pin_of(hub, REPO, hub.commit(REPO, gsm8k(3)))
    jobs.cache.mkdir()
    Path(jobs.cache, "token").write_text(TOKEN)
    assert jobs.data(NAME, pin), jobs.said
    assert {given for _, path, given in hub.asked if "/api/" not in path or REPO in path} == {None}


@pytest.mark.parametrize(
    ("repo", "revision", "words"),
    [
        ("openai/gsm9k", None, "does not exist, or is private"),
        (NAME, "0" * 40, f"has no revision {'0' * 40}"),
    ],
)
def test_a_repository_or_commit_that_is_not_there(
    hub: HubDouble, jobs: Jobs, repo: str, revision: str | None, words: str
) -> None:
    pin = pin_of(hub, REPO, hub.commit(REPO, gsm8k(3)))
    asked = type(pin)(revision or pin.revision, pin.files)
    assert not jobs.data(repo, asked)
    (error,) = jobs.errors()
    assert words in error


@pytest.mark.slow
def test_datasets_reads_the_same_rows_at_the_same_commit(hub: HubDouble, jobs: Jobs) -> None:
    import subprocess
    import sys

    import pyarrow.parquet as parquet

    old = hub.commit(REPO, gsm8k(3))
    hub.commit(REPO, gsm8k(4))
    code = f"import datasets; print(list(datasets.load_dataset({NAME!r}, 'main', split='test', revision={old!r})))"
    environment = without_hub() | {"HF_ENDPOINT": hub.url, "HF_HOME": str(jobs.folder / "other")}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert jobs.data(NAME, pin_of(hub, REPO, old)), jobs.said
    rows = parquet.read_table(jobs.folder / "out/set" / FILE).to_pylist()
    assert done.stdout.strip() == repr(rows)
