"""The one error that is meant for the user's eyes."""


class GradusError(Exception):
    """Something the user can correct. The message names the file, the key or row, and the remedy."""
