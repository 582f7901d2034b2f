"""Settings of the jobs that pin and download what a study names on the hub."""

from gradus.specs.base import JobSettings, PinnedFiles


class HubPinsSpec(JobSettings):
    """`repos`: kind (dataset, model) and name of each repository."""

    repos: list[list[str]]


class FetchDataSpec(JobSettings, PinnedFiles):
    """Files of one dataset."""
