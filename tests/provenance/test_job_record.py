"""What a job leaves of its spec and inputs, and how it sees that they are still what it was made of."""

import hashlib
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from gradus.provenance import job as module
from gradus.provenance.files import read_json, sha256_file, write_json, write_text
from gradus.provenance.job import Job, run
from gradus.provenance.records import Input, changed_input, read_record
from provenance.made_job import SPEC, Epochs, code_of

PROJECT = Path(__file__).resolve().parents[2]


def test_the_record_names_spec_and_inputs_as_they_were_read(command: Callable[..., None], tmp_path: Path) -> None:
    """Without what it writes, the verdict that it obeys, and the user's own files, which the spec knows."""
    read, folder, gate = Path("results/x/traces/a.jsonl"), Path("results/x/hub/b"), Path("results/x/a.gate.json")
    for path, text in ((read, "abc"), (folder / "c" / "d", ""), (Path("results/x/model"), "old"), (Path("own"), "")):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    write_json(gate, {"refused": ""})
    files = ("--traces", str(read), str(folder), "--gate", str(gate), "--raw", "own", "--model", "results/x/model")
    command("--ledger", "ledger/sft.json", *files)
    run(lambda job: None, Epochs)
    record = read_record(Path("ledger/sft.json"))
    assert record is not None
    assert record.spec == sha256_file("results/x/specs/models/sft.json")
    assert record.inputs == {str(read): Input.of(read), str(folder / "c" / "d"): Input.of(folder / "c" / "d")}
    assert changed_input(record) is None


def test_a_spec_that_is_changed_meanwhile_is_put_back(command: Callable[..., None], spec: Path) -> None:
    os.utime(spec, ns=(10**18, 10**18))
    made_by = spec.read_bytes()
    command("--ledger", "ledger/sft.json", "--log", "job.log")

    def edit(job: Job) -> None:
        write_json(spec, SPEC | {"settings": {"epochs": 4}})
        assert job.settings == Epochs(epochs=3)

    run(edit, Epochs)
    assert spec.read_bytes() == made_by
    assert spec.stat().st_mtime_ns == 10**18
    assert read_json("ledger/sft.json")["spec"] == hashlib.sha256(made_by).hexdigest()
    assert "changed while this job ran; what it was made by is put back" in Path("job.log").read_text(encoding="utf-8")


@pytest.mark.parametrize("change", ["content", "size", "gone"])
def test_an_input_that_is_changed_meanwhile_fails_the_job(
    command: Callable[..., None], change: str, capfd: pytest.CaptureFixture[str]
) -> None:
    path = Path("results/x/traces/a.jsonl")
    write_text(path, "abc")
    command("--ledger", "ledger/sft.json", "--traces", str(path))

    def build(job: Job) -> None:
        path.unlink()
        if change != "gone":
            path.write_text("abd" if change == "content" else "abcd", encoding="utf-8")

    assert code_of(build) == 1
    assert f"error: {path}: changed while this job read it; run snakemake again" in capfd.readouterr().err
    assert not Path("ledger/sft.json").exists()


def test_an_input_that_is_touched_meanwhile_is_the_same(command: Callable[..., None]) -> None:
    path = Path("results/x/traces/a.jsonl")
    write_text(path, "abc")
    command("--ledger", "ledger/sft.json", "--traces", str(path))
    run(lambda job: os.utime(path, ns=(10**18, 10**18)), Epochs)
    assert read_json("ledger/sft.json")["inputs"][str(path)]["size"] == 3


@pytest.mark.parametrize("text", ["", '{"stage": "sft", "na'])
def test_a_torn_spec_is_one_line(
    command: Callable[..., None], spec: Path, text: str, capfd: pytest.CaptureFixture[str]
) -> None:
    spec.write_text(text, encoding="utf-8")
    command("--ledger", "ledger/sft.json")
    assert code_of(lambda job: None) == 1
    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith(f"error: {spec}: not whole JSON")


def test_every_role_is_read_or_written_by_all_rules() -> None:
    """By its roles a job tells what it was made of from what it makes."""
    shells = "".join(path.read_text(encoding="utf-8") for path in sorted((PROJECT / "rules").glob("*.smk")))
    roles = re.findall(r"--([a-z_]+) \{(input|output|params|log)\b", shells)
    assert {role for role, place in roles if place in ("output", "log")} <= module.WRITTEN
    assert {role for role, place in roles if place == "input"} & module.WRITTEN == set()
    said = {role for role, place in roles if place == "params"} - {"capacity", "config", "gpu", "out", "settings"}
    # Whether they are obeyed, and files that a pattern of a rule's input would name one by one.
    assert said == {"gate", "raw", "training"}
    assert len(roles) > 100
