"""The `tinker` sampler: models that the service holds, and adapters that were trained there."""

from collections.abc import Iterator

from gradus.sampling.capabilities import SamplerCapabilities, WeightUse
from gradus.study.settings.base import Mistake
from gradus.tinker.capabilities import SERVICE, lacking, only_there


def _weight_mistakes(use: WeightUse) -> Iterator[Mistake]:
    if use.reader != SERVICE.key:
        if only_there(use.model):
            what = f"{use.dense!r} is on Tinker alone, which gives no weights to sampler: {use.reader}"
            yield use.reader_key, f"{what}; set sampler: tinker"
    elif lacks := lacking(use.dense, use.model, use.adapter, use.adapter_backend):
        chosen_here = use.weights_key == use.reader_key  # an experiment's own weights, which this place does not choose
        yield use.weights_key, f"sampler: tinker: {lacks}; or set another sampler here" if chosen_here else lacks


CAPABILITIES = SamplerCapabilities(
    service=SERVICE,
    weight_mistakes=_weight_mistakes,
    chooses=False,
    several_turns=False,
    lacks=frozenset({"min_p"}),
)
