"""For algorithms of reinforcement learning: `MINE = Algorithm(...)`, with functions of tensors as those that come with
Gradus have in `gradus.training.algorithms`.
"""

from gradus.training.advantages import Advantages, group_advantages
from gradus.training.algorithm import Algorithm, Preset
from gradus.training.surrogate import TokenLosses, token_losses

__all__ = ["Advantages", "Algorithm", "Preset", "TokenLosses", "group_advantages", "token_losses"]
