"""What a `snakemake` command is for, which has to be known while the Snakefile is read: may it write what jobs read?"""

import sys
from enum import Enum
from pathlib import Path
from typing import Any

PINS = "hub_pins"
"""The target that adds what the lock lacks. Snakemake knows its targets only after it has read the Snakefile."""
MEMORY = "plan"
"""The target that tells what a study needs. It needs nothing itself."""


class Purpose(Enum):
    """BUILD: run jobs of the study. PIN: only fill the hub's lock. LOOK: tell, and change nothing that a job reads."""

    BUILD = "build"
    PIN = "pin"
    LOOK = "look"


LOOKING = (
    *("lint", "list_target_rules", "list_rules", "print_compilation", "containerize", "generate_unit_tests"),
    *("dag", "rulegraph", "filegraph", "d3dag", "unlock", "cleanup_metadata", "conda_cleanup_envs"),
    *("conda_create_envs_only", "list_conda_envs", "cleanup_shadow", "container_cleanup_images", "list_changes"),
    *("list_input_changes", "list_params_changes", "list_untracked", "summary", "detailed_summary", "archive"),
    *("delete_all_output", "delete_temp_output"),
)
"""Options of Snakemake 9.27 that have it do something else than run jobs, by their names in its own parser."""


def purpose_of(workflow: Any) -> Purpose:
    """The purpose of this process's command line. Called as a library, Snakemake builds unless it is a dry-run."""
    if workflow.output_settings.dryrun:
        return Purpose.LOOK
    if "snakemake" not in Path(sys.argv[0]).parts[-2:]:
        return Purpose.BUILD
    from snakemake.cli import get_argument_parser  # loaded already

    options = get_argument_parser().parse_known_args(sys.argv[1:])[0]
    if any(getattr(options, name, None) for name in LOOKING) or (options.report and not options.report_after_run):
        return Purpose.LOOK
    return {(PINS,): Purpose.PIN, (MEMORY,): Purpose.LOOK}.get(tuple(options.targets), Purpose.BUILD)
