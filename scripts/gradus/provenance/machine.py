"""The machine that runs this process, as the ledger describes it."""

import os
import platform


def this_machine() -> str:
    """Machines of one description are taken for the same."""
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
