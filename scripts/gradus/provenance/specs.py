"""Files that planning writes for jobs."""

SERVICE_FILE = "service.json"
"""Beside the specs, in the study's folder: where the jobs on a service find it, its prices and limits.
It decides no result, so it is no spec."""

OWN_CODE_FILE = "own_code.json"
"""There too: in which folders jobs find the study's own code. Where it is decides nothing: what it says is in the
fingerprints of the jobs that load it."""
