"""What every group of settings shares: unknown keys are refused, values never change after reading."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=60)]
Share = Annotated[float, Field(ge=0, le=1)]


class Settings(BaseModel):
    """A group of settings. Pure data: jobs get them fully resolved, so these classes hold no behaviour."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)
