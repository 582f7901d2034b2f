"""Calls about weights: loading saved ones, and handing out files that other programs read."""

import tarfile
from datetime import UTC, datetime, timedelta
from typing import Any

import skyrl.tinker.api as api
from adapters import add_model
from fastapi import FastAPI, HTTPException, Request, Response
from once import once
from skyrl.tinker import types
from skyrl.tinker.db_models import FutureDB
from sqlmodel.ext.asyncio.session import AsyncSession

EXTERNAL = "-external"
"""skyrl saves for its sampler what PEFT reads: weights for others are such a checkpoint, of a name that ends so."""


def add_downloads(app: FastAPI) -> None:
    checkpoint = "/api/v1/training_runs/{model_id}/checkpoints/external_weights/{name}"
    app.add_api_route(f"{checkpoint}/external_weights_urls", external_weights_urls, methods=["GET"])
    app.add_api_route("/files/{model_id}/{name}/{file}", external_file, methods=["GET"])


async def load_weights(request: Request) -> Any:
    """Saved weights into a model, or into a new one of the same shape: then the session is named and no model."""
    body = await request.json()
    model_id = body.get("model_id") or f"{body['session_id']}:train:{body['model_seq_id']}"
    number = body.get("seq_id") if body.get("model_id") else 0
    path = types.TinkerPath.parse(body["path"])
    if path is None or path.kind != "weights":
        raise HTTPException(400, f"{body['path']}: expected tinker://<run>/weights/<name>")

    async def made() -> dict[str, Any]:
        async with AsyncSession(request.app.state.db_engine) as session:
            source = await api.get_model(session, path.primary_id)
            kind = types.CheckpointType.TRAINING
            await api.validate_checkpoint(request, path.primary_id, path.secondary_id, kind, session)
            if not body.get("model_id"):
                config = types.LoraConfig.model_validate(source.lora_config)
                await add_model(session, model_id, source.base_model, config)
            wanted = types.LoadWeightsInput(
                source_model_id=path.primary_id, checkpoint_id=path.secondary_id, optimizer=body["optimizer"]
            )
            loaded = await api.create_future(session, types.RequestType.LOAD_WEIGHTS, model_id, wanted)
            await session.commit()
            return {"request_id": str(loaded), "model_id": model_id}

    return await once(("load_weights", model_id, number), made)


async def save_weights_external(request: Request) -> Any:
    body = await request.json()

    async def made() -> Any:
        async with AsyncSession(request.app.state.db_engine) as session:
            asked = api.SaveWeightsForSamplerRequest(model_id=body["model_id"], path=body["path"] + EXTERNAL)
            return await api.save_weights_for_sampler(asked, session)

    return await once(("save_weights_external", body["model_id"], body.get("seq_id")), made)


def with_path(future: FutureDB) -> Any:
    """A finished call's result, with the address of the weights that it saved as the service writes it."""
    result = future.result_data
    if future.request_type != types.RequestType.SAVE_WEIGHTS_FOR_SAMPLER or result["path"] is None:
        return result
    name = future.request_data["path"]
    kind = "external" if name.endswith(EXTERNAL) else "for_sampler"
    folder = "external_weights" if name.endswith(EXTERNAL) else "sampler_weights"
    path = f"tinker://{future.model_id}/{folder}/{name.removesuffix(EXTERNAL)}"
    return result | {"type": f"save_weights_{kind}", "path": path}


async def external_weights_urls(model_id: str, name: str, request: Request) -> dict[str, Any]:
    base = str(request.base_url).rstrip("/")
    urls = {file: f"{base}/files/{model_id}/{name}/{file}" for file in _files(request, model_id, name)}
    return {"urls": urls, "expires": (datetime.now(UTC) + timedelta(hours=1)).isoformat()}


async def external_file(model_id: str, name: str, file: str, request: Request) -> Response:
    return Response(_files(request, model_id, name)[file], media_type="application/octet-stream")


def _files(request: Request, model_id: str, name: str) -> dict[str, bytes]:
    """The checkpoint's files by name."""
    packed = (
        request.app.state.engine_config.checkpoints_base / model_id / "sampler_weights" / f"{name}{EXTERNAL}.tar.gz"
    )
    if not packed.is_file():
        raise HTTPException(404, f"there are no weights {name} of {model_id}")
    with tarfile.open(packed) as archive:
        members = [member for member in archive.getmembers() if member.isfile()]
        return {member.name.removeprefix("./"): archive.extractfile(member).read() for member in members}
