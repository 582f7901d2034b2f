"""The protobuf messages of tinker's client since 0.25, from and to the JSON that skyrl 0.3.0 understands."""

from typing import Any

import numpy as np
import zstandard
from tinker.proto import tinker_public_pb2 as messages

_TYPES = {messages.DTYPE_FLOAT32: np.float32, messages.DTYPE_INT64: np.int64, messages.DTYPE_INT32: np.int32}
_STOPS = {"stop": messages.STOP_REASON_STOP, "length": messages.STOP_REASON_LENGTH}


def read_forward_backward(body: bytes, encoding: str | None) -> messages.ForwardBackwardRequest:
    """The message of a request's body. Larger ones come compressed."""
    if encoding == "zstd":
        body = zstandard.ZstdDecompressor().decompressobj().decompress(body)
    message = messages.ForwardBackwardRequest()
    message.ParseFromString(body)
    return message


def forward_backward_input(message: messages.ForwardBackwardRequest) -> dict[str, Any]:
    """Its data, loss and the loss's settings, as skyrl's JSON has them."""
    data = [
        {
            "model_input": {"chunks": [_chunk(chunk) for chunk in datum.model_input]},
            "loss_fn_inputs": {name: {"data": _array(tensor)} for name, tensor in datum.loss_fn_inputs.items()},
        }
        for datum in message.data
    ]
    return {"data": data, "loss_fn": message.loss_fn, "loss_fn_config": dict(message.loss_fn_config) or None}


def result_message(result: dict[str, Any]) -> bytes | None:
    """A finished call's result as the client wants it, or None where it takes JSON."""
    if "sequences" in result:
        return _sample_response(result).SerializeToString()
    if "loss_fn_outputs" in result:
        return _forward_backward_output(result).SerializeToString()
    return None


def _chunk(chunk: messages.Chunk) -> dict[str, Any]:
    return {"type": "encoded_text", "tokens": np.frombuffer(chunk.encoded_text.tokens, np.int32).tolist()}


def _array(tensor: messages.Tensor) -> list[float]:
    return np.frombuffer(tensor.dense, _TYPES[tensor.dtype]).tolist()


def _floats(values: list[float]) -> bytes:
    return np.asarray(values, np.float32).tobytes()


def _sample_response(result: dict[str, Any]) -> messages.SampleResponse:
    message = messages.SampleResponse()
    for sequence in result["sequences"]:
        tokens = np.asarray(sequence["tokens"], np.int32).tobytes()
        added = message.sequences.add(stop_reason=_STOPS[sequence["stop_reason"]], tokens=tokens)
        if sequence.get("logprobs"):
            added.logprobs = _floats(sequence["logprobs"])
    if result.get("prompt_logprobs"):
        # Nothing comes before the first token: Tinker has NaN for it, skyrl leaves it out.
        message.prompt_logprobs = _floats([float("nan"), *result["prompt_logprobs"]])
    return message


def _forward_backward_output(result: dict[str, Any]) -> messages.ForwardBackwardOutput:
    outputs = result["loss_fn_outputs"]
    message = messages.ForwardBackwardOutput(loss_fn_output_type=result["loss_fn_output_type"] or "ArrayRecord")
    # Tinker reports the sum of the loss, and the client's custom losses need it.
    sums = {"loss:sum": float(sum(sum(output["elementwise_loss"]["data"]) for output in outputs))}
    for name, value in (sums | (result.get("metrics") or {})).items():
        message.metrics[name] = float(value)
    if outputs:
        record = message.loss_fn_outputs.add(num_datums=len(outputs))
        for name in outputs[0]:
            parts = [_floats(output[name]["data"]) for output in outputs]
            field = record.fields[name]
            field.dtype = messages.DTYPE_FLOAT32
            field.data = b"".join(parts)
            field.offsets = np.cumsum([0, *map(len, parts)]).astype(np.int64).tobytes()
    return message
