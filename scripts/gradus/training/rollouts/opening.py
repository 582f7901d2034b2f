"""The engine that a job's settings name."""

from importlib import import_module
from pathlib import Path

from gradus.specs.training import GrpoSpec
from gradus.training.causal_lm import Loaded
from gradus.training.rollouts.planning import engine_module
from gradus.training.rollouts.protocol import RolloutEngine


def open_engine(loaded: Loaded[GrpoSpec], longest_prompt: int, state_folder: Path) -> RolloutEngine:
    """For a model of transformers in training; `longest_prompt` in tokens. Raises GradusError where it cannot run."""
    engine = import_module(engine_module(loaded.settings.rollouts.engine))
    return engine.open_engine(loaded, longest_prompt + loaded.settings.max_tokens, state_folder)
