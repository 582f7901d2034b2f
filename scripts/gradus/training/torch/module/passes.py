"""Which completions go forward and back together, by how many tokens are computed for them."""

from collections.abc import Sequence

from gradus.training.batches import by_length, by_tokens
from gradus.training.torch.network import Part


def shared_passes(prompts: Sequence[int], completions: Sequence[Sequence[int]], most_tokens: int) -> list[list[Part]]:
    """Where a prompt is read once for its completions, each without its last token: groups whole, unless one by itself
    has more than `most_tokens`. Each of its parts reads the prompt again."""
    parts: list[Part] = []
    sizes: list[int] = []
    for group, (prompt, lengths) in enumerate(zip(prompts, completions, strict=True)):
        read = [length - 1 for length in lengths]
        whole = prompt + sum(read) <= most_tokens
        for places in [range(len(read))] if whole else by_tokens(read, most_tokens - prompt):
            parts.append((group, places))
            sizes.append(prompt + sum(read[place] for place in places))
    return [[parts[i] for i in one] for one in by_tokens(sizes, most_tokens)]


def padded_passes(prompts: Sequence[int], completions: Sequence[Sequence[int]], most_tokens: int) -> list[list[Part]]:
    """Where each completion is a row after its prompt: rows of like lengths, whatever their groups."""
    rows = [(group, place) for group, lengths in enumerate(completions) for place in range(len(lengths))]
    passes = by_length([prompts[group] + completions[group][place] for group, place in rows], most_tokens)
    found: list[list[Part]] = []
    for one in passes:
        places: dict[int, list[int]] = {}
        for group, place in sorted(rows[i] for i in one):
            places.setdefault(group, []).append(place)
        found.append(list(places.items()))
    return found
