"""The calls of tinker 0.38 that skyrl 0.3.0 does not know, or answers otherwise than the service."""

from collections.abc import Awaitable, Callable
from typing import Any

import skyrl.tinker.api as api
from adapters import create_model
from fastapi import FastAPI, HTTPException, Request, Response
from once import once
from skyrl.tinker.db_models import RequestStatus
from sqlmodel.ext.asyncio.session import AsyncSession
from waits import waits
from weights import add_downloads, load_weights, save_weights_external, with_path
from wire import forward_backward_input, read_forward_backward, result_message

PATIENCE = 40.0
"""Seconds; the client gives up at 45."""
NUMBERED = {
    "optim_step": (api.OptimStepRequest, api.optim_step),
    "save_weights": (api.SaveWeightsRequest, api.save_weights),
    "save_weights_for_sampler": (api.SaveWeightsForSamplerRequest, api.save_weights_for_sampler),
}


def add_calls(app: FastAPI) -> None:
    """Put these calls before skyrl's own of the same address."""
    before = len(app.router.routes)
    for name, (kind, call) in NUMBERED.items():
        app.add_api_route(f"/api/v1/{name}", _numbered(name, kind, call), methods=["POST"])
    for call in (create_model, load_weights, save_weights_external, forward_backward, asample, retrieve_future):
        app.add_api_route(f"/api/v1/{call.__name__}", call, methods=["POST"])
    add_downloads(app)
    app.router.routes[:] = app.router.routes[before:] + app.router.routes[:before]


def _numbered(name: str, kind: Any, call: Callable[..., Awaitable[Any]]) -> Callable[[Request], Awaitable[Any]]:
    async def numbered(request: Request) -> Any:
        body = await request.json()

        async def made() -> Any:
            async with AsyncSession(request.app.state.db_engine) as session:
                return await call(kind.model_validate(body), session)

        return await once((name, body["model_id"], body.get("seq_id")), made)

    return numbered


async def forward_backward(request: Request) -> Any:
    """Both passes and the forward pass alone come here, as protobuf."""
    message = read_forward_backward(await request.body(), request.headers.get("content-encoding"))

    async def made() -> Any:
        wanted = api.ForwardBackwardInput.model_validate(forward_backward_input(message))
        async with AsyncSession(request.app.state.db_engine) as session:
            if message.forward_only:
                return await api.forward(api.ForwardRequest(model_id=message.model_id, forward_input=wanted), session)
            asked = api.ForwardBackwardRequest(model_id=message.model_id, forward_backward_input=wanted)
            return await api.forward_backward(asked, session)

    return await once(("forward_backward", message.model_id, message.seq_id), made)


async def asample(request: Request) -> Any:
    """As skyrl's, with names for the sequences to come."""
    body = await request.json()

    async def made() -> dict[str, Any]:
        async with AsyncSession(request.app.state.db_engine) as session:
            answer = await api.asample(api.SampleRequest.model_validate(body), request, session)
        names = [f"{answer.request_id}-{number}" for number in range(body.get("num_samples", 1))]
        return answer.model_dump() | {"sample_sequence_ids": names}

    return await once(("asample", body.get("sampling_session_id"), body.get("seq_id")), made)


async def retrieve_future(request: Request) -> Any:
    """A result once it is there, else word to ask again. A call that failed is an answer too, with its category."""
    number = int((await request.json())["request_id"])
    future = await waits.done(request.app.state.db_engine, number, PATIENCE)
    if future is None:
        raise HTTPException(404, f"there is no future {number}")
    if future.status == RequestStatus.FAILED:
        return {"error": (future.result_data or {}).get("error", "unknown"), "category": "server"}
    if future.status == RequestStatus.COMPLETED:
        message = result_message(future.result_data)
        return with_path(future) if message is None else Response(message, media_type="application/x-protobuf")
    return {"type": "try_again", "request_id": str(number), "queue_state": "active"}
