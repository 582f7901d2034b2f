"""Study files: numbers as in YAML 1.2, the place of every key, duplicates, `extends`, and values from the shell."""

import os
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from gradus.provenance.errors import GradusError
from gradus.study.file import overlay, read_study_file
from gradus.study.strict_yaml import StudyLoader
from study.made_study import write


def refusal(path: Path) -> str:
    with pytest.raises(GradusError) as caught:
        read_study_file(path)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-4", 1e-4),
        ("5E3", 5000.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("-1.5e-3", -0.0015),
        ("12", 12),
        ("-3", -3),
        ("0", 0),
        ("true", True),
        ("no", "no"),
        ("2024-01-01", "2024-01-01"),
        ("1:30", "1:30"),
        ("'12'", "12"),
        (".inf", ".inf"),
        (".", "."),
        ("+", "+"),
        ("null", None),
        ("", None),
        ("[1, 2.5, a]", [1, 2.5, "a"]),
    ],
)
def test_values_are_those_of_yaml_1_2(tmp_path: Path, text: str, value: object) -> None:
    read = read_study_file(write(tmp_path, f"key: {text}\n")).values["key"]
    assert (read, type(read)) == (value, type(value))


@given(st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False)))
def test_every_number_is_read_as_python_writes_it(number: float) -> None:
    read = yaml.load(repr(number), Loader=StudyLoader)
    assert (read, type(read)) == (number, type(number))


TREES = st.recursive(
    st.integers() | st.text(max_size=3),
    lambda inner: st.dictionaries(st.sampled_from("abcd"), inner) | st.lists(inner, max_size=2),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from("abcd"), TREES), st.dictionaries(st.sampled_from("abcd"), TREES))
def test_what_is_laid_over_holds_and_the_rest_stays(base: dict[str, object], over: dict[str, object]) -> None:
    merged = overlay(base, over)
    assert overlay(merged, over) == merged
    assert overlay(base, {}) == overlay({}, base) == base
    assert set(merged) == set(base) | set(over)
    for key in merged:
        both = isinstance(base.get(key), dict) and isinstance(over.get(key), dict)
        expected = overlay(base[key], over[key]) if both else over.get(key, base.get(key))
        assert merged[key] == expected


def test_every_key_and_list_entry_has_its_line(tmp_path: Path) -> None:
    file = read_study_file(write(tmp_path, "# a comment\na:\n  b: {c: 1,\n     d: 2}\n  e:\n    - 5\n    - 6\n"))
    lines = {keys: int(place.rpartition(":")[2]) for keys, place in file.places.items()}
    assert lines == {
        ("a",): 2,
        ("a", "b"): 3,
        ("a", "b", "c"): 3,
        ("a", "b", "d"): 4,
        ("a", "e"): 5,
        ("a", "e", 0): 6,
        ("a", "e", 1): 7,
    }
    assert file.place(("a", "b", "missing")) == f"{tmp_path}/small.yaml:3"
    assert file.place(("missing",)) == f"{tmp_path}/small.yaml"


def test_a_key_that_stands_twice_names_both_lines(tmp_path: Path) -> None:
    path = write(tmp_path, "a:\n  x: 1\n  y: 2\n  x: 3\n")
    assert refusal(path) == f"{path}:4: a.x: duplicate key (first at {path}:2); rename or remove one"


def test_an_extending_file_is_laid_over_the_other(tmp_path: Path) -> None:
    write(tmp_path, "a: {x: 1, y: 2, list: [1, 2]}\nb: 3\nc: {gone: 1}\n", "below/base.yaml")
    path = write(tmp_path, "extends: below/base.yaml\nd: 4\na: {y: 5, z: 6, list: [9]}\nb: null\nc: {gone: null}\n")
    file = read_study_file(path)
    assert file.values == {"a": {"x": 1, "y": 5, "list": [9], "z": 6}, "c": {}, "d": 4}
    assert list(file.values) == ["a", "c", "d"]
    assert file.place(("a", "x")) == f"{tmp_path}/below/base.yaml:1"
    assert file.place(("a", "y")) == f"{path}:3"


def test_a_chain_of_files_is_relative_to_each(tmp_path: Path) -> None:
    write(tmp_path, "a: 1\nb: 1\nc: 1\n", "one/base.yaml")
    write(tmp_path, "extends: ../one/base.yaml\nb: 2\nc: 2\n", "two/middle.yaml")
    path = write(tmp_path, "extends: two/middle.yaml\nc: 3\n")
    assert read_study_file(path).values == {"a": 1, "b": 2, "c": 3}


@pytest.mark.parametrize("other", ["small.yaml", "sub/../small.yaml", "sub/b.yaml"])
def test_files_that_extend_each_other_are_a_circle(tmp_path: Path, other: str) -> None:
    write(tmp_path, "extends: ../small.yaml\n", "sub/b.yaml")
    message = refusal(write(tmp_path, f"extends: {other}\n"))
    assert "in turn; break the circle" in message
    assert "small.yaml" in message


def test_a_missing_base_names_the_file_that_asks_for_it(tmp_path: Path) -> None:
    path = write(tmp_path, "extends: nowhere.yaml\n")
    assert refusal(path).startswith(f"{path}: extends: {tmp_path}/nowhere.yaml: no such study file")
    for named in ("[b.yaml, 3]", "3", "[{a: 1}]", '""'):
        write(tmp_path, "b: 1\n", "b.yaml")
        path = write(tmp_path, f"a: 1\nextends: {named}\n")
        assert refusal(path).startswith(f"{path}:2: extends: expected names of study files")


def test_several_files_are_laid_one_over_another_and_what_they_share_once(tmp_path: Path) -> None:
    write(tmp_path, "a: 0\nb: 0\nc: 0\nd: {x: 0}\n", "base.yaml")
    write(tmp_path, "extends: base.yaml\nb: 1\nc: 1\nd: {y: 1}\n", "one.yaml")
    write(tmp_path, "extends: base.yaml\nc: 2\nd: {z: 2}\n", "two.yaml")
    path = write(tmp_path, "extends: [one.yaml, two.yaml]\nd: {y: null}\ne: 3\n")
    file = read_study_file(path)
    assert file.values == {"a": 0, "b": 1, "c": 2, "d": {"x": 0, "z": 2}, "e": 3}
    assert file.place(("c",)) == f"{tmp_path}/two.yaml:2"
    assert read_study_file(write(tmp_path, "extends: []\na: 1\n")).values == {"a": 1}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [1\n", "not valid YAML"),
        ("a: 1\n b: 2\n", ":2: not valid YAML"),
        ("- a\n", "a study file is a mapping of keys"),
        ("", "a study file is a mapping of keys"),
        ("? [a, b]\n: 1\n", ":1: a key has to be plain text"),
        ("a: !!python/name:os.system x\n", ":1: a: cannot read"),
        ("a: 1\nb: !!int many\n", ":2: b: cannot read 'many'"),
        ("a: &x [*x]\n", "an alias (*name) may stand inside what it names"),
        ("a: \x00\n", "not valid YAML"),
    ],
)
def test_malformed_files_are_refused_in_words(tmp_path: Path, text: str, words: str) -> None:
    path = write(tmp_path, text)
    assert words in refusal(path)
    assert str(path) in refusal(path)


def test_unreadable_files_are_refused_in_words(tmp_path: Path) -> None:
    assert "no such study file" in refusal(tmp_path / "none.yaml")
    assert "this is a folder" in refusal(tmp_path)
    (tmp_path / "latin.yaml").write_bytes("title: Größe\n".encode("latin-1"))
    assert "not UTF-8 text (byte 9)" in refusal(tmp_path / "latin.yaml")


def test_a_null_takes_away_only_what_is_there() -> None:
    assert overlay({"a": 1, "b": {"c": 2}}, {"a": None, "b": {"c": None, "d": None}, "e": None}) == {
        "b": {"d": None},
        "e": None,
    }
    assert overlay({"a": {"b": 1}}, {"a": 2}) == {"a": 2}
    assert overlay({"a": 2}, {"a": {"b": 1}}) == {"a": {"b": 1}}


def test_values_from_the_shell_are_read_as_in_a_file(tmp_path: Path) -> None:
    file = read_study_file(write(tmp_path, "seed: 0\nvotes: {samples: 4, k: [1]}\ntraces: {a: {}}\n"))
    # Snakemake gives what is in braces as text.
    over = file.overridden({"seed": 3, "votes": {"samples": "8", "k": ["1", "8"]}, "traces": "null", "new": "1e-3"})
    assert over.values == {"seed": 3, "votes": {"samples": 8, "k": [1, 8]}, "new": 1e-3}
    assert over.place(("votes", "k", 0)) == "--config"
    assert file.values["seed"] == 0


def test_a_chain_of_files_has_an_end(tmp_path: Path) -> None:
    for number in range(1100):
        write(tmp_path, f"extends: {number + 1}.yaml\n", f"{number}.yaml")
    assert refusal(tmp_path / "0.yaml") == (
        f"{tmp_path}/99.yaml:1: extends: a study extends at most 99 files; join some of them"
    )


def doubling(levels: int) -> str:
    """Aliases of aliases: ten times as many values at each level."""
    lines = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, levels)]
    return f"a0: &a0 [{', '.join('x' * 10)}]\n{''.join(lines)}"


HUGE = {
    "aliases of aliases": (doubling(9), ":1: a4.", "too many values with its aliases (*name) written out"),
    "brackets in brackets": (f"a: {'[' * 5000}{']' * 5000}\n", ":1: ", "nested too deeply"),
    "keys in keys": ("a: " + "{a: " * 5000 + "1" + "}" * 5000 + "\n", ":1: ", "nested too deeply"),
    "a list without end": (f"a: [{'1,' * 200_000}]\n", ":1: ", "too many keys and values"),
    "a file of many bytes": ("k: 1 # " + "x" * 1_000_000, ": ", "1,000,007 bytes are no study"),
    "a number of many digits": (f"seed: {'9' * 5000}\n", ":1: seed: ", "cannot read '9999"),
}


@pytest.mark.parametrize("what", HUGE)
def test_what_would_take_long_to_read_is_refused_at_once(tmp_path: Path, what: str) -> None:
    text, place, words = HUGE[what]
    path = write(tmp_path, text)
    began = time.process_time()
    message = refusal(path)
    assert message.startswith(f"{path}{place}")
    assert words in message
    assert len(message) < len(str(path)) + 300
    assert time.process_time() - began < 30


def test_a_pipe_or_device_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    assert (
        refusal(tmp_path / "pipe.yaml") == f"{tmp_path}/pipe.yaml: this is a pipe or device; save the study as a file"
    )
    assert refusal(Path("/dev/zero")) == "/dev/zero: this is a pipe or device; save the study as a file"


@pytest.mark.parametrize("text", ["\ufeffa: 1\n", "a: 1\r\n", '{"a": 1}', "---\na: 1\n", "%YAML 1.2\n---\na: 1\n...\n"])
def test_other_editors_files_are_read(tmp_path: Path, text: str) -> None:
    (tmp_path / "small.yaml").write_bytes(text.encode())
    assert read_study_file(tmp_path / "small.yaml").values == {"a": 1}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: !!python/object:os.system {}\n", ":1: a: cannot read a value of the type 'python/object:os.system'"),
        ("a: !!set {b, c}\n", ":1: a: cannot read a value of the type 'set'; write a plain value, without !"),
        ("a: 1\nb: !mine [1]\n", ":2: b: cannot read a value of the type '!mine'; write a plain value, without !"),
        ("a: &x {b: 1}\nc:\n  <<: *x\n", ":3: c.<<: merge keys are of YAML 1.1 and not read; share settings by"),
        ("a: 1\n---\nb: 2\n", ":2: not valid YAML: expected a single document in the stream"),
        ('a: "\\ud800"\n', ":1: a: has the character U+D800, which no path or result can hold; remove it"),
        ('a: "\\0"\n', ":1: a: has the character U+0000, which no path or result can hold; remove it"),
        ('"a\\nb": 1\n"a\\nb": 2\n', ":2: 'a\\nb': duplicate key (first at"),
        ("a: 1\nb: \x07\n", ":2: not valid YAML: the character U+0007; remove it"),
    ],
)
def test_what_is_no_plain_value_is_named_with_its_line(tmp_path: Path, text: str, line: str) -> None:
    path = write(tmp_path, text)
    message = refusal(path)
    assert message.startswith(f"{path}{line}")
    assert message.isprintable()


def test_a_value_of_the_shell_that_no_file_can_hold_names_its_key(tmp_path: Path) -> None:
    file = read_study_file(write(tmp_path, "title: x\n"))
    with pytest.raises(GradusError, match=r"^--config: title: has the character U\+DCFF"):
        file.overridden({"title": "a\udcff"})


@pytest.mark.parametrize("key", ["source", "kind"])
def test_what_is_of_another_kind_replaces_what_was_there(key: str) -> None:
    base = {key: "a", "title": "A", "size": 3}
    assert overlay(base, {key: "b", "size": 2}) == {key: "b", "size": 2}
    assert overlay(base, {key: "a", "size": 2}) == {key: "a", "title": "A", "size": 2}
    assert overlay({"size": 3}, {key: "b"}) == {key: "b"}
    assert overlay({"size": 3, "of": "x"}, {key: "b", "size": None}) == {key: "b"}


@pytest.mark.parametrize("key", ["source", "kind"])
def test_what_only_has_the_name_of_such_a_key_replaces_nothing(key: str) -> None:
    base, over = {"sums": {"size": 3}}, {key: {"size": 2}}
    assert overlay(base, over) == base | over
    assert overlay(base | over, {key: {"size": 1}}) == base | {key: {"size": 1}}
