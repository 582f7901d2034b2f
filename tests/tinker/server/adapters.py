"""Adapters to be trained: made anew, or as others were."""

from typing import Any

import skyrl.tinker.api as api
from fastapi import HTTPException, Request
from once import once
from skyrl.tinker import types
from skyrl.tinker.db_models import ModelDB, SessionDB
from sqlmodel.ext.asyncio.session import AsyncSession


async def create_model(request: Request) -> Any:
    """As skyrl's, but with the layers that the client wants to train."""
    body = await request.json()
    lora = body.get("lora_config") or {}

    async def made() -> dict[str, Any]:
        async with AsyncSession(request.app.state.db_engine) as session:
            if await session.get(SessionDB, body["session_id"]) is None:
                raise HTTPException(404, "Session not found")
            config = types.LoraConfig(
                rank=lora["rank"],
                alpha=32.0,
                seed=lora.get("seed") or 0,
                train_attn=lora.get("train_attn", True),
                train_mlp=lora.get("train_mlp", True),
                # skyrl cannot train the output layer of tied embeddings, and the models here are tied.
                train_unembed=False,
            )
            model_id = f"{body['session_id']}:train:{body['model_seq_id']}"
            created = await add_model(session, model_id, request.app.state.engine_config.base_model, config)
            await session.commit()
            return {"model_id": model_id, "request_id": str(created), "type": "create_model", **body}

    return await once(("create_model", body["session_id"], body["model_seq_id"]), made)


async def add_model(session: AsyncSession, model_id: str, base_model: str, config: types.LoraConfig) -> int:
    """Ask the engine for an adapter of that name; returns the number of the request."""
    kind, wanted = types.RequestType.CREATE_MODEL, types.CreateModelInput(lora_config=config)
    created = await api.create_future(session, kind, model_id, wanted)
    session_id = model_id.split(":")[0]
    known = {"model_id": model_id, "base_model": base_model, "session_id": session_id}
    session.add(ModelDB(**known, lora_config=config.model_dump(), status="created", request_id=created))
    return created
