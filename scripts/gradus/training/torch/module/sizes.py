"""Sizes of what is computed at a time, which decide memory and no result; estimates read them, so torch is not here."""

PASS_TOKENS = 4096
"""Of a pass forward and back where the settings do not say: prompts, completions and padding."""

LOGITS_TOKENS = 512
"""Tokens whose logits are in memory at a time: four tensors of 0.3 GB for a vocabulary of 151,936. Tiles half as large
would have the projection's gradient, itself as large, added up twice as often."""
