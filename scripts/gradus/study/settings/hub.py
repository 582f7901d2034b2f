"""Settings of `snakemake push`, `pull` and `hub_list`: whose repositories, and who sees them. They decide no result."""

from pydantic import Field

from gradus.study.settings.base import Name, Settings


class Hub(Settings):
    """Where models go on the Hugging Face hub; see [Sharing models](#sharing-models)."""

    namespace: str | None = Field(
        None, min_length=1, description="User or organization of the repositories; null: nothing is pushed or pulled."
    )
    private: bool = Field(
        True, description="Whether repositories are made private. One that is public already is not written to then."
    )
    license: str | None = Field(
        None,
        min_length=1,
        description="Licence of the models, by the hub's word for it, such as mit or apache-2.0; null: their cards say "
        "that none is stated.",
    )
    repos: dict[Name, str] = Field(
        {}, description="Repositories of models and experiments that have another than <namespace>/<study>-<name>."
    )
