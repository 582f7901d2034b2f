"""What every engine requires of its requests."""

from collections.abc import Sequence

from gradus.provenance.errors import GradusError


def check_requests(prompts: Sequence[Sequence[int]], seeds: Sequence[int], max_tokens: int, positions: int) -> None:
    """Raises GradusError for an empty or overlong prompt, too few seeds, or no token to write.

    `positions` is how many tokens the model takes, prompt and answer together.
    """
    if len(seeds) != len(prompts):
        raise GradusError(f"{len(prompts)} prompts and {len(seeds)} seeds: give each request one seed")
    if max_tokens < 1:
        raise GradusError(f"max_tokens is {max_tokens}: ask for at least 1")
    for index, prompt in enumerate(prompts):
        if not 1 <= len(prompt) < positions:
            raise GradusError(
                f"prompt {index} has {len(prompt)} tokens, the model takes 1 to {positions - 1}: shorten it or take a "
                "model with more positions"
            )
