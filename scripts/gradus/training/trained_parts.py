"""Which parameters of a model are trained, where the settings name parts of it."""

from collections.abc import Collection, Iterator

from torch import nn
from transformers import PreTrainedModel

from gradus.models.ternary import TernaryLinear
from gradus.provenance.errors import GradusError


def train_only(model: PreTrainedModel, parts: Collection[str]) -> None:
    """Freeze all parameters but those of the parts: `scales` of ternary layers, `norms`. Raises GradusError for a part
    that the model does not have."""
    found = {part: [p for name, p in _named(model) if name == part] for part in parts}
    missing = sorted(part for part, parameters in found.items() if not parameters)
    if missing:
        raise GradusError(f"train: a {model.config.model_type} has no {', '.join(missing)}; remove it from the list")
    model.requires_grad_(False)
    for parameters in found.values():
        for parameter in parameters:
            parameter.requires_grad_(True)


def _named(model: nn.Module) -> Iterator[tuple[str, nn.Parameter]]:
    """Parameters with the part that they are of; families call their norms LayerNorm, LlamaRMSNorm and the like."""
    for module in model.modules():
        if isinstance(module, TernaryLinear):
            yield "scales", module.scale
        elif "Norm" in type(module).__name__:
            yield from (("norms", parameter) for parameter in module.parameters(recurse=False))
