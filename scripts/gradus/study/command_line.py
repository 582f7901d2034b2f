"""What a `snakemake` command asks for: which study, with which overrides, in which role."""

import argparse
import atexit
import gc
import shlex
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, NoReturn

from snakemake_interface_executor_plugins.settings import DeploymentMethod

from gradus.hub.lock import LOCK_FILE, read_lock
from gradus.provenance.errors import GradusError
from gradus.provenance.killed_build import remedy_for_killed_run
from gradus.provenance.syntax import keep_syntax
from gradus.sampling.capabilities import sampler_capabilities
from gradus.study.file import read_study_file
from gradus.study.hub import without_pin
from gradus.study.ownership import own
from gradus.study.plan import Plan
from gradus.study.purposes import MEMORY, PINS, Purpose, purpose_of
from gradus.study.shown_specs import ShownSpecs
from gradus.study.spec_writing import PlannedSpecs, plan_specs, write_aside, write_change, write_specs

DEFAULT_STUDY = "config/pocket.yaml"
PIN_SPEC = "hub/pins.json"


@dataclass(frozen=True)
class Planned:
    """What the Snakefile needs of a study: its plan, and its specs as Snakemake is to see them."""

    plan: Plan
    specs: ShownSpecs
    folder: str
    """Where the specs are on disk as planned, for the job that tells what a study needs."""


def planned(workflow: Any) -> Planned:
    """The plan of `--configfile` (default: the pocket study) with `--config key=value` laid over it.

    The main process of a build brings the specs on disk up to date. A command that only looks shows Snakemake what they
    would be. Job processes that read the Snakefile again leave them alone: an edit in the middle of a build must not
    change the record of what the build was planned with.
    """
    _collect_garbage_rarely()
    settings = workflow.config_settings
    try:
        path = _only(list(settings.configfiles) or [DEFAULT_STUDY])
        plan = Plan.read(path, settings.config)
        if not workflow.is_main_process:
            return Planned(plan, ShownSpecs(workflow, plan.root, PlannedSpecs({}, {}), written=True), plan.root)
        purpose = purpose_of(workflow)
        if MEMORY not in sys.argv:
            _expect_pins(plan, path, purpose is Purpose.LOOK)
            _expect_environments(plan, purpose is Purpose.LOOK)
        return _with_specs(workflow, plan, path, purpose)
    except GradusError as error:
        _stop(error)


def _with_specs(workflow: Any, plan: Plan, path: Path, purpose: Purpose) -> Planned:
    if purpose is Purpose.BUILD and (warning := own(Path(plan.root), path)):
        print(warning, file=sys.stderr)
    specs, folder = plan_specs(plan), plan.root
    keep_syntax()
    if purpose is Purpose.BUILD:
        write_specs(plan, specs)
    elif purpose is Purpose.PIN and PIN_SPEC in specs.changes:
        write_change(plan, PIN_SPEC, specs.changes[PIN_SPEC])
    elif MEMORY in sys.argv:
        folder = mkdtemp(prefix="gradus-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        write_aside(plan, Path(folder))
    tell_last(list(specs.refuted()))
    if remedy := remedy_for_killed_run(Path(".snakemake")):
        print(remedy, file=sys.stderr)
    return Planned(plan, ShownSpecs(workflow, plan.root, specs, written=purpose is Purpose.BUILD), folder)


def is_dry_run(workflow: Any) -> bool:
    """Whether the command only asks what would run. It is answered without pins too: nothing is downloaded."""
    return bool(workflow.output_settings.dryrun)


def job_shell(workflow: Any) -> str:
    """What the shell of every job runs first: there `python` is the interpreter that runs Snakemake, activated or not.

    With `--software-deployment-method conda` it is that of the rule's environment. Braces are doubled, as Snakemake
    formats the text. It is no part of the rules' commands: another place of the environment reruns nothing.
    """
    strict = "set -euo pipefail; "  # which Snakemake says where there is no prefix
    if DeploymentMethod.CONDA in workflow.deployment_settings.deployment_method:
        return strict
    interpreter = shlex.quote(sys.executable).replace("{", "{{").replace("}", "}}")
    return f'{strict}python() {{{{ {interpreter} "$@"; }}}}; '


def tell_last(lines: Sequence[str]) -> None:
    """Print to stderr when Snakemake is done: its list of jobs is long, and what stands before it is not read."""
    for line in reversed(lines):
        atexit.register(print, line, file=sys.stderr)  # the last one registered is the first that runs


def _expect_pins(plan: Plan, path: Path, dry_run: bool) -> None:
    """Everything but the target that adds pins needs them all to build; a dry-run says so and goes on."""
    if PINS not in sys.argv:
        if not plan.unpinned:
            return
        if not dry_run:
            raise GradusError("\n".join(plan.unpinned))
        if repos := sorted({str(download.repo) for download in without_pin(plan.study, read_lock())}):
            add = f"add them with: snakemake hub_pins --configfile {path}"
            tell_last([f"not there yet: revisions in {LOCK_FILE} of {', '.join(repos)}; {add}"])
        tell_last([f"not there yet: {line}" for line in plan.unpinned if str(LOCK_FILE) not in line])
    elif PIN_SPEC not in plan.specs:
        raise GradusError(f"{plan.study.study}: the study downloads nothing from the hub, so there is nothing to pin")


def _expect_environments(plan: Plan, dry_run: bool) -> None:
    """Samplers that have an environment of their own need it, but for pins; a dry-run says so and goes on."""
    for sampler in [] if PINS in sys.argv else plan.samplers():
        try:
            if environment := sampler_capabilities(sampler).environment:
                environment.expect()
        except GradusError as error:
            if not dry_run:
                raise
            tell_last([f"not there yet: {error}"])


def _collect_garbage_rarely() -> None:
    """Snakemake's graph is millions of objects that all stay; to look through them takes an eighth of a dry-run."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


def refuse_unreadable(arguments: Sequence[str]) -> None:
    """Stop with one clear line if a command names a study file that cannot be read.

    Snakemake opens the file before it reads the Snakefile, and fails with a Python traceback. The profile calls this
    earlier still.
    """
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--configfile", "--configfiles", nargs="+", default=[])
    files = parser.parse_known_args(arguments)[0].configfile
    try:
        if files:
            read_study_file(_only(files))
    except GradusError as error:
        _stop(error)


def _only(files: Sequence[str | Path]) -> Path:
    """The one study file, as the user would write it."""
    if len(files) > 1:
        raise GradusError(
            f"--configfile {' '.join(map(str, files))}: name one study (a study can `extends:` another), and write "
            "what to build before it: snakemake all --configfile STUDY"
        )
    path = Path(files[0])
    return path.relative_to(Path.cwd()) if path.is_absolute() and path.is_relative_to(Path.cwd()) else path


def _stop(error: GradusError) -> NoReturn:
    # Not a WorkflowError: Snakemake would wrap the message in places of the Snakefile, which are of no use to the user.
    print(f"error: {error}", file=sys.stderr)
    sys.exit(1)
