"""What a `snakemake` command asks for: which study, with which overrides, and whether it builds or only looks.

Snakemake reads the Snakefile before it knows what for. Once it makes its graph, its settings tell: commands that run
jobs have execution settings, and a dry-run says so.
"""

import atexit
import gc
import json
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from snakemake_interface_executor_plugins.settings import DeploymentMethod

from gradus.estimates.build_time import BuildTime
from gradus.estimates.dollars import last_lines
from gradus.graph.build_time import build_time, capacity_of
from gradus.graph.copied import copied_lines
from gradus.graph.graph import Graph, study_specs
from gradus.graph.job_rate import lift_default_rate
from gradus.graph.ownership import BUILDER_FILE, own
from gradus.graph.partition_limits import PartitionLimits, runs_on_slurm
from gradus.graph.plan_table import plan_table
from gradus.graph.planned_ahead import note_sampling
from gradus.graph.planned_jobs import planned_jobs
from gradus.graph.planned_study import keep, planned_study
from gradus.graph.profile_limits import ProfileLimits, job_name, requested
from gradus.graph.renamed import find_renamed
from gradus.graph.rules import Rules
from gradus.graph.shown_specs import ShownSpecs
from gradus.graph.slurm import named_jobs, refuse_duplicates
from gradus.graph.spec_files import PlannedSpecs, plan_specs, write_specs
from gradus.graph.unknown import unknown_lines
from gradus.hub.lock import LOCK_FILE, read_lock
from gradus.provenance.devices import note_grants
from gradus.provenance.environments import environments_of
from gradus.provenance.errors import GradusError, disk_trouble
from gradus.provenance.killed_build import note_builder, remedy_for_killed_run
from gradus.provenance.parent_death import BUILDER
from gradus.provenance.syntax import keep_syntax
from gradus.provenance.terminal import tell_last
from gradus.study.command_line import expect_project, read_once, stop, the_study
from gradus.study.hub import without_pin
from gradus.study.hub_request import TARGETS, HubRequest
from gradus.study.services import service_file
from gradus.watching.begin import begin
from gradus.watching.plan import show_plan

DEFAULT_STUDY = "config/pocket.yaml"
COMMANDS = {"plan", "hub_pins", "adopt", *TARGETS}
"""Targets that build nothing and need nothing to be there, neither pins nor models nor environments."""


class Command:
    """The study of `--configfile` (default: the pocket study) with `--config key=value` laid over it.

    The main process of a build brings the specs on disk up to date as it begins. Job processes that read the Snakefile
    again leave them alone, and take the study that it was planned with: an edit in the middle of a build must change
    neither the record nor what runs.
    """

    def __init__(self, workflow: Any) -> None:
        _collect_garbage_rarely(is_dry_run(workflow))
        self._workflow = workflow
        settings = workflow.config_settings
        self._begun = not workflow.is_main_process
        try:
            expect_project(workflow.basedir)
            refuse_storage(workflow)
            self.study_file = the_study(list(settings.configfiles) or [DEFAULT_STUDY])
            main = workflow.is_main_process
            self._file = read_once(self.study_file) if main else planned_study(self.study_file)
            self._request, laid_over = HubRequest.taken_from(settings.config)
            self.graph = Graph.of(self._file, laid_over)
            self._specs = plan_specs(self.graph) if main else PlannedSpecs({}, {})
            self._renamed = find_renamed(self.graph, self._specs) if main else None
            plans = main and is_dry_run(workflow) and show_plan(workflow, self._plan_lines)
        except GradusError as error:
            stop(error)
        keep_syntax()
        self.overrides = json.dumps(settings.config)
        """For the scripts of targets that plan the study themselves."""
        shown = ShownSpecs(workflow, self.graph.root, self._specs, self._builds)
        self._profile_limits = ProfileLimits.take(workflow)
        self.gpu_limits = self._profile_limits.as_options()
        """For `plan.py`, what the profile says of GPUs."""
        self._capacity = capacity_of(workflow)
        self.capacity = json.dumps(asdict(self._capacity))
        """For `plan.py`, what jobs have at a time."""
        shown_here = shown if workflow.is_main_process else None
        self._study = study = study_specs(self.graph)
        self._partition_limits = PartitionLimits(workflow)
        machine = self._profile_limits.machine
        self.rules = Rules(self.graph, study, self._specs, shown_here, self._begin, machine, self._partition_limits)
        if workflow.is_main_process and is_dry_run(workflow):
            tell_last(last_lines(study, service_file(self.graph.study)))
            atexit.register(self._rehearse)
            atexit.register(self._tell_exceeded)
            tell_last(copied_lines(workflow, self.graph, self._specs, self.study_file))
            tell_last(self._renamed.lines(self.study_file) if self._renamed else ())
        if not plans:  # which says itself what is made again
            tell_last(list(self._specs.refuted()))
        if main:
            tell_last(unknown_lines(workflow, self.graph, self.rules.missed))
        if workflow.is_main_process and (remedy := remedy_for_killed_run(Path(".snakemake"))):
            print(remedy, file=sys.stderr)

    def _begin(self) -> None:
        """Check what a build needs, when Snakemake begins to make its graph; a dry-run tells it and goes on."""
        if self._begun:
            return
        self._begun = True
        if self._workflow.execution_settings is None or self._is_command():
            return
        dry_run = is_dry_run(self._workflow)
        lift_default_rate(self._workflow)
        try:
            self._request.expect_target(frozenset(self._workflow.dag_settings.targets))
            self._expect_pins(dry_run)
            self._expect_environments(dry_run)
            if self._renamed and not dry_run:
                raise GradusError("\n".join(self._renamed.lines(self.study_file)))
            if not dry_run and (warning := own(Path(self.graph.root), self.study_file)):
                print(warning, file=sys.stderr)
            if runs_on_slurm(self._workflow):
                self._expect_slurm(dry_run)
        except GradusError as error:
            stop(error)
        if dry_run:  # told last here, so above all that is wrong
            tell_last(self._time_lines())

    def _builds(self) -> bool:
        """Whether the command runs jobs; known once Snakemake begins to make its graph."""
        return self._workflow.execution_settings is not None and not is_dry_run(self._workflow)

    def start(self) -> None:
        """When jobs begin to run: what they read of the plan is on disk from here on."""
        try:
            self._start()
        except OSError as error:
            if (full := disk_trouble(error)) is None:
                raise
            stop(full)

    def _start(self) -> None:
        note_builder(Path(".snakemake"))
        if self._workflow.is_main_process and not self._is_command():
            if exceeded := self._exceeded():
                stop(GradusError("\n".join(exceeded)))
            time = self._build_time()  # while the specs on disk are those that the ledger names
            write_specs(self.graph, self._specs)
            keep(self._file, self.graph.study.study, Path(".snakemake"))
            if runs_on_slurm(self._workflow):
                for line in self._told_of_jobs():
                    print(line, file=sys.stderr)
            limit = self._profile_limits.gpu
            asked = {job_name(job): requested(job, "gpu") for job in self._workflow.dag.jobs if limit != 0}
            note_grants(Path(self.graph.root), asked)
            note_sampling(self._workflow, self.graph, Path(self.graph.root, BUILDER_FILE))
            begin(self._workflow, self.graph.study.study, Path(self.graph.root), time, self._name_of())

    def _name_of(self) -> Callable[[int], str | None]:
        """Jobs by their numbers in Snakemake's graph."""
        names: dict[int, str] = {}

        def name_of(number: int) -> str | None:
            if number not in names:  # a checkpoint changes the graph
                names.update({job.jobid: job_name(job) for job in self._workflow.dag.jobs})
            return names.get(number)

        return name_of

    def _build_time(self) -> BuildTime:
        """Of the jobs that run; known once the graph is there."""
        names = map(job_name, self._workflow.dag.needrun_jobs(exclude_finished=False))
        price = self._profile_limits.gpu_hour_cents
        return build_time(
            self.graph, self._study, names, self.rules.expected, self.rules.machine, self._capacity, price
        )

    def _plan_lines(self) -> Iterator[str]:
        yield from plan_table(self.graph, self._specs, planned_jobs(self._workflow))
        yield ""

    def _time_lines(self) -> Iterator[str]:
        """After a dry-run, which has its jobs only then."""
        if self._workflow.dag is not None:
            yield from self._build_time().lines()

    def _exceeded(self) -> list[str]:
        return self._profile_limits.exceeded(self._workflow.dag.needrun_jobs(exclude_finished=False))

    def _tell_exceeded(self) -> None:
        """After a dry-run, which has its jobs only then."""
        if self._workflow.dag is not None:
            for line in self._exceeded():
                print(line, file=sys.stderr)

    def _rehearse(self) -> None:
        """After a dry-run of what shares models: its script tells what it would do, which Snakemake does not know."""
        if self._workflow.dag is None:
            return
        for target in sorted(TARGETS & set(self._workflow.dag_settings.targets)):
            command = [sys.executable, f"scripts/{target}.py", self.study_file, "--config", self.overrides]
            subprocess.run([*command, "--dry-run"], check=False)

    def _is_command(self) -> bool:
        targets = set(self._workflow.dag_settings.targets)
        return bool(targets) and targets <= COMMANDS

    def _expect_pins(self, dry_run: bool) -> None:
        """Everything but the target that adds pins needs them all to build."""
        unpinned = self.graph.unpinned
        if not unpinned:
            return
        if not dry_run:
            raise GradusError("\n".join(unpinned))
        if repos := sorted({str(download.repo) for download in without_pin(self.graph.study, read_lock())}):
            add = f"add them with: snakemake hub_pins --configfile {self.study_file}"
            tell_last([f"not there yet: revisions in {LOCK_FILE} of {', '.join(repos)}; {add}"])
        tell_last([f"not there yet: {line}" for line in unpinned if str(LOCK_FILE) not in line])

    def _expect_environments(self, dry_run: bool) -> None:
        """Those that jobs need besides this one; none where their results are there and nothing has changed."""
        changed = any(change.runs for change in self._specs.changes.values())
        jobs = (job for job in self.graph.jobs.values() if changed or not Path(job.result).is_file())
        needed = (environment for job in jobs for environment in environments_of(job.modules, job.settings))
        for environment in dict.fromkeys(needed):
            try:
                environment.expect()
            except GradusError as error:
                if not dry_run:
                    raise
                tell_last([f"not there yet: {error}"])

    def _expect_slurm(self, dry_run: bool) -> None:
        """SLURM has to answer, and to have no jobs left of an earlier build."""
        try:
            self._partition_limits.read()
        except GradusError as error:
            if not dry_run:
                raise
            tell_last([f"not there yet: {error}"])
        if dry_run:
            tell_last(self._told_of_jobs())
        else:
            refuse_duplicates(named_jobs(self._workflow.executor_settings, self.graph.study.study), Path.cwd())

    def _told_of_jobs(self) -> Iterator[str]:
        """Lines on the jobs that run and may take more than they get; known once the graph is there."""
        names = map(job_name, self._workflow.dag.needrun_jobs(exclude_finished=False))
        yield from self.rules.told_of(name for name in names if name in self.graph.jobs)


def is_dry_run(workflow: Any) -> bool:
    """Whether the command only asks what would run. It is answered without pins too: nothing is downloaded."""
    return bool(workflow.output_settings.dryrun)


def refuse_storage(workflow: Any) -> None:
    """Raise GradusError where inputs and outputs are to be copied to and from a store, as some executors need it: a
    model's files, its training's state and the specs of a plan are not declared, and would be missing."""
    if provider := workflow.storage_settings.default_storage_provider:
        raise GradusError(
            f"--default-storage-provider {provider}: jobs need a file system that all of them see; profiles/README.md "
            "says how to build on clusters and clouds"
        )


def job_shell(workflow: Any) -> str:
    """What the shell of every job runs first: there `python` is the interpreter that runs Snakemake, activated or not.

    With `--software-deployment-method conda` it is that of the rule's environment. It takes the shell's place, so that
    a signal to the job reaches it: a shell that gets SIGTERM ends, and leaves its child behind. The shell's parent is
    the Snakemake that the job is to end with. Braces are doubled, as Snakemake formats the text. It is no part of the
    rules' commands: another place of the environment reruns nothing.
    """
    strict = "set -euo pipefail; "  # which Snakemake says where there is no prefix
    conda = DeploymentMethod.CONDA in workflow.deployment_settings.deployment_method
    interpreter = "python" if conda else shlex.quote(sys.executable).replace("{", "{{").replace("}", "}}")
    return f'{strict}export {BUILDER}=$PPID; python() {{{{ exec {interpreter} "$@"; }}}}; '


def _collect_garbage_rarely(dry_run: bool) -> None:
    """Snakemake's graph is millions of objects that all stay; to look through them takes an eighth of a dry-run.

    A dry-run has ended before there is garbage to speak of, so it need not look at all.
    """
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
    if dry_run:
        gc.disable()
