"""skyrl's engine with slots that follow use: the service never runs out of adapters, and samples from any checkpoint.

As skyrl 0.3.0 is, a sampler's checkpoint is loaded over the adapter that is being trained, only adapters that are
being trained can be sampled from, and once all slots are taken there is no more training.
"""

import argparse
import os
import threading
import time
from pathlib import Path
from typing import Any

import compat  # before skyrl
import skyrl.backends.jax as jax_backend
from cloudpathlib import AnyPath
from skyrl.tinker import types
from skyrl.tinker.config import EngineConfig, add_model
from skyrl.tinker.db_models import ModelDB
from skyrl.tinker.engine import TinkerEngine
from sqlmodel import Session


class Backend(jax_backend.JaxBackend):
    """The lower half of the slots is for adapters in training, the upper half for checkpoints to sample from.

    In both halves what was not used for longest makes room.
    """

    def __init__(self, base_model: str, config: jax_backend.JaxBackendConfig) -> None:
        super().__init__(base_model, config)
        self.half = config.max_lora_adapters // 2
        self.used: dict[str, float] = {}
        self.sampled: dict[tuple[str, str], int] = {}
        """Slot by model and checkpoint, that used last at the end."""
        self.shapes: dict[str, types.LoraConfig] = {}

    def create_model(self, model_id: str, lora_config: types.LoraConfig, model_role: str = "policy") -> None:
        if len(self.models) >= self.half - 1:
            self.delete_model(min(self.models, key=lambda model: self.used.get(model, 0)))
        super().create_model(model_id, lora_config, model_role)
        self.used[model_id] = time.monotonic()

    def forward_backward(self, prepared_batch: types.PreparedModelPassBatch) -> Any:
        self.used |= dict.fromkeys(prepared_batch.all_model_ids, time.monotonic())
        return super().forward_backward(prepared_batch)

    def forget_optimizer(self, model_id: str) -> None:
        """A new optimizer, as create_model makes it."""
        fresh = jax_backend.optax.inject_hyperparams(jax_backend.optax.adamw)(learning_rate=0.0)
        with jax_backend.jax.set_mesh(self.mesh):
            wanted = self.model.is_lora_param
            self.optimizers[model_id] = jax_backend.nnx.Optimizer(self.model, fresh, wrt=wanted)

    def load_sampler_weights(self, prepared_batch: types.PreparedSampleBatch) -> list[int]:
        batch = prepared_batch
        asked = list(zip(batch.all_model_ids, batch.all_checkpoint_ids, batch.all_checkpoint_paths, strict=True))
        for model_id, checkpoint, path in dict.fromkeys(asked):
            if model_id:
                self.sampled[model_id, checkpoint] = self._slot(model_id, checkpoint, path)
        return [self.sampled[model_id, checkpoint] if model_id else 0 for model_id, checkpoint, _ in asked]

    def _slot(self, model_id: str, checkpoint: str, path: str) -> int:
        if (model_id, checkpoint) in self.sampled:
            return self.sampled.pop((model_id, checkpoint))
        free = set(range(self.half, 2 * self.half)) - set(self.sampled.values())
        slot = min(free) if free else self.sampled.pop(next(iter(self.sampled)))
        shape = self.shapes[model_id]
        with jax_backend.jax.set_mesh(self.mesh):
            jax_backend.init_lora_adapter(self.model, adapter_index=slot, lora_config=shape)
        jax_backend.load_lora_checkpoint(self.model, shape, slot, AnyPath(path))
        return slot


class Engine(TinkerEngine):
    """The engine for that backend."""

    cycle = float(os.environ[compat.CYCLE])

    def process_single_requests(self, requests: dict[str, Any]) -> None:
        """The last of a round. The next begins with the next cycle."""
        super().process_single_requests(requests)
        if self.cycle:
            time.sleep(self.cycle - time.monotonic() % self.cycle)

    def _filter_valid_requests(self, requests: dict[str, tuple[str, Any]]) -> tuple[dict, dict]:
        """A checkpoint may be sampled from whether or not its adapter is still in training; the server has found it."""
        sampling = {
            key: (model_id, data)
            for key, (model_id, data) in requests.items()
            if model_id and isinstance(data, types.SampleInput)
        }
        with Session(self.db_engine) as session:
            for model_id, _ in sampling.values():
                known = session.get(ModelDB, model_id)
                self.backend.shapes[model_id] = types.LoraConfig.model_validate(known.lora_config)
        errors, valid = super()._filter_valid_requests({k: v for k, v in requests.items() if k not in sampling})
        return errors, valid | sampling

    def process_load_weights(self, model_id: str, request_data: types.LoadWeightsInput) -> Any:
        done = super().process_load_weights(model_id, request_data)
        if not request_data.optimizer and self.backend.has_model(model_id):
            self.backend.forget_optimizer(model_id)
        return done


def _end_with(parent: int) -> None:
    """A server that is killed cannot take its engine along, and two engines would share a state."""
    while os.getppid() == parent:
        time.sleep(0.2)
    os._exit(1)


def _whole_batches(size: int) -> None:
    """Have every micro-batch filled up to `size` with empty rows: JAX would compile each size anew."""
    pad = jax_backend.pad_to_fsdp
    jax_backend.pad_to_fsdp = lambda rows, devices: pad(rows, devices * size)


def main() -> None:
    parser = argparse.ArgumentParser()
    add_model(parser, EngineConfig)
    config = EngineConfig.model_validate(vars(parser.parse_args()))
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    folder = str(Path(os.environ[compat.FOLDER]))
    jax_backend.resolve_model_path = lambda _: folder
    jax_backend.JaxBackend = Backend
    _whole_batches(config.backend_config["train_micro_batch_size"])
    Engine(config).run()


if __name__ == "__main__":
    main()
