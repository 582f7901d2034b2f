"""A Tinker service on this machine: skyrl's server, made to answer the client that Gradus uses.

    .venv-tinker-server/bin/python tests/tinker/server --model FOLDER --name NAME --port 8765 --state FOLDER

It serves the model of a folder under the name that clients ask for, on loopback, until SIGTERM. What it knows (futures,
checkpoints) is in the state folder, and a server that is started there again goes on with it; only adapters that were
being trained are gone, as after a failure of the real service, and have to be loaded from their saved state.
"""

import argparse
import json
import os
import sys
from pathlib import Path

import compat  # before skyrl
import skyrl.tinker.api as api
import uvicorn
from calls import add_calls
from skyrl.tinker.config import EngineConfig, config_to_argv

ADAPTERS = {"max_lora_adapters": 16, "max_lora_rank": 32, "train_micro_batch_size": 8, "sample_max_num_sequences": 32}
"""Half of the adapters are for training, the other half for sampling. Batches are of one size: JAX compiles every
size anew."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", required=True, type=Path, help="a Hugging Face folder of a Qwen3 model")
    parser.add_argument("--name", required=True, help="the name that clients know it by: Qwen/Qwen3-4B")
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("--state", required=True, type=Path, help="where futures and checkpoints are kept")
    parser.add_argument(
        "--cycle",
        type=float,
        default=0.0,
        help="take up what is asked only every so many seconds, as the service does (it takes some 10); 0: at once",
    )
    given = parser.parse_args()
    if not (given.model / "config.json").is_file():
        parser.error(f"{given.model}: no config.json; name the folder of a model")
    state = given.state.resolve()
    state.mkdir(parents=True, exist_ok=True)
    os.environ[compat.FOLDER] = str(given.model.resolve())
    os.environ[compat.CYCLE] = str(given.cycle)
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    # Compiling takes most of a short run's time. What was compiled is kept beside the environment, for later servers.
    os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(Path(sys.prefix) / "compiled"))
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")
    api.app.state.engine_config = EngineConfig(
        base_model=given.name,
        backend="jax",
        backend_config=ADAPTERS,
        checkpoints_base=state / "checkpoints",
        database_url=f"sqlite:///{state}/server.db",
        # Adapters make room for others when slots are needed, not when a client is quiet.
        session_timeout_sec=-1,
    )
    # skyrl starts its engine with `uv run`, which is not here.
    api._build_uv_run_cmd_engine = lambda _, config: [
        sys.executable,
        str(Path(__file__).with_name("engine.py")),
        *config_to_argv(config),
    ]
    add_calls(api.app)
    print(json.dumps({"model": given.name, "url": f"http://127.0.0.1:{given.port}"}), flush=True)
    uvicorn.run(api.app, host="127.0.0.1", port=given.port, log_level="warning", timeout_graceful_shutdown=2)


if __name__ == "__main__":
    main()
