"""The kinds of experiments that a study may have."""

from typing import Annotated

from pydantic import Field

from gradus.study.settings.dpo import Dpo
from gradus.study.settings.experiment import Untrained
from gradus.study.settings.grpo import Grpo
from gradus.study.settings.training import Sft

AnyExperiment = Annotated[Untrained | Sft | Dpo | Grpo, Field(discriminator="stage")]
