"""What a `snakemake` command asks for: which study, with which overrides, in which role."""

import argparse
import atexit
import gc
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from snakemake_interface_executor_plugins.settings import DeploymentMethod

from gradus.hub.lock import LOCK_FILE, read_lock
from gradus.provenance import environments
from gradus.provenance.errors import GradusError
from gradus.provenance.locks import remedy_for_killed_run
from gradus.study.file import read_study_file
from gradus.study.hub import without_pin
from gradus.study.plan import Plan
from gradus.study.spec_writing import write_specs

DEFAULT_STUDY = "config/pocket.yaml"
PINS = "hub_pins"
"""The target that adds what the lock lacks. Snakemake knows its targets only after it has read the Snakefile."""
MEMORY = "plan"
"""The target that tells what a study needs. It needs nothing itself."""


def plan_of(workflow: Any) -> Plan:
    """The plan of `--configfile` (default: the pocket study) with `--config key=value` laid over it.

    The main process brings the specs up to date. Job processes that read the Snakefile again leave them alone: an
    edit in the middle of a build must not change the record of what the build was planned with.
    """
    _collect_garbage_seldom()
    settings = workflow.config_settings
    try:
        path = _only(list(settings.configfiles) or [DEFAULT_STUDY])
        plan = Plan.read(path, settings.config)
        if workflow.is_main_process:
            if MEMORY not in sys.argv:
                _expect_pins(plan, path, is_dry_run(workflow))
                _expect_environments(plan, is_dry_run(workflow))
            write_specs(plan)
            remedy = remedy_for_killed_run(Path(".snakemake"))
            if remedy:
                print(remedy, file=sys.stderr)
    except GradusError as error:
        _stop(error)
    return plan


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
    elif "hub/pins.json" not in plan.specs:
        raise GradusError(f"{plan.study.study}: the study downloads nothing from the hub, so there is nothing to pin")


def _expect_environments(plan: Plan, dry_run: bool) -> None:
    """Samplers that have an environment of their own need it, but for pins; a dry-run says so and goes on."""
    for sampler in [] if PINS in sys.argv else plan.samplers():
        try:
            environments.expect(sampler)
        except GradusError as error:
            if not dry_run:
                raise
            tell_last([f"not there yet: {error}"])


def _collect_garbage_seldom() -> None:
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
