"""Files that planning writes for jobs."""

SERVICE_FILE = "service.json"
"""Beside the specs, in the study's folder: where the jobs on a service find it, its prices and limits.
It decides no result, so it is no spec."""
