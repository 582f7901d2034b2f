"""The lock: written the same for the same pins, read back as written, and never trusted with paths."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gradus.hub.lock import Lock, Pin, PinnedFile, Repo, is_repo_name, read_lock, write_lock
from gradus.provenance.errors import GradusError

COMMIT = "0123456789" * 4

hexadecimal = st.sampled_from("0123456789abcdef")
files = st.builds(PinnedFile, st.integers(0, 10**12), st.just("sha256"), st.text(hexadecimal, min_size=64, max_size=64))
small = st.builds(PinnedFile, st.integers(0, 10**6), st.just("git"), st.text(hexadecimal, min_size=40, max_size=40))
part = st.from_regex(r"[A-Za-z0-9 _][\w .:{}#-]{0,12}", fullmatch=True).filter(lambda text: text.strip(" ."))
paths = st.lists(part, min_size=1, max_size=3).map("/".join)
owners = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.]{0,9}", fullmatch=True).filter(lambda text: ".." not in text)
repos = st.builds(Repo, st.sampled_from(["dataset", "model"]), st.tuples(owners, owners).map("/".join))
revisions = st.text(hexadecimal, min_size=40, max_size=40)
pins = st.builds(Pin, revisions, st.dictionaries(paths, files | small, max_size=3))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lock=st.dictionaries(repos, pins, max_size=4))
def test_what_is_written_is_read(tmp_path: Path, lock: Lock) -> None:
    """Commits that look like numbers and paths that look like YAML included."""
    path = tmp_path / "hub.lock.yaml"
    write_lock(lock, path)
    text = path.read_text()
    assert read_lock(path) == lock
    write_lock(dict(reversed(lock.items())), path)
    assert path.read_text() == text


def test_no_file_is_no_pins(tmp_path: Path) -> None:
    assert read_lock(tmp_path / "hub.lock.yaml") == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("datasets: {a/b: {revision: main, files: {../../x: {size: 1, git: COMMIT}}}}", "../../x"),
        ("datasets: {a/b: {revision: main, files: {/etc/x: {size: 1, git: COMMIT}}}}", "/etc/x"),
        ("datasets: {a/b: {revision: main, files: {x: {size: 1, git: 12}}}}", "`sha256` or `git`"),
        ("datasets: {a/b: {revision: main, files: {x: {size: -1, git: COMMIT}}}}", "`sha256` or `git`"),
        ("datasets: {a/../b: {revision: main}}", "not the name of a repository"),
        ("datasets: {a/b: {revision: 12}}", "expected `revision`"),
        ("datasets: {a/b: {revision: main, token: x}}", "expected `revision`"),
        ("spaces: {}", "expected datasets or models"),
        ("- a", "expected a mapping"),
        ("a: [", "not valid YAML"),
    ],
)
def test_a_malformed_lock_is_one_line(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "hub.lock.yaml"
    path.write_text(text.replace("COMMIT", COMMIT))
    with pytest.raises(GradusError) as error:
        read_lock(path)
    assert str(path) in str(error.value)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["", "/", "a/b/c", "../a", "a/..", "a b/c", "a--b/c", "https://huggingface.co/a/b"])
def test_names_that_no_repository_has(name: str) -> None:
    assert not is_repo_name(name)


@pytest.mark.parametrize("revision", ["main", "v1.0", COMMIT])
def test_a_wish_is_no_pin(revision: str) -> None:
    assert not Pin(revision).resolved
    assert Pin(revision, {"x": PinnedFile(1, "git", COMMIT)}).resolved == (revision == COMMIT)
