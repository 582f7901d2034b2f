"""Our requests to the Tinker service against those of its own client (tinker's SamplingClient), on a made-up server.

    python tests/bench/bench_tinker_requests.py

The server on loopback writes every answer in `--seconds`, at most `--capacity` at once, and refuses what is more
(HTTP 429). Where it has room for all, the least that `--requests` can take is requests / most at once * seconds; the
rest is the client's. Where it has not, the refused requests show who learns from a refusal. Both ask in turn.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import tinker
from quick import parsed
from tinker.proto import tinker_public_pb2 as messages

from gradus.tinker.journal import Journal
from gradus.tinker.requests import Question, Requests
from gradus.tinker.service import Service
from sampling.sample_jobs import sample_job, write_service

MODEL = "made/up"
PROMPT, TOKENS = list(range(200)), 400
PLAIN = {
    "client/config": {},
    "client/dynamic_config": {},
    "create_session": {"session_id": "bench"},
    "session_heartbeat": {},
    "create_sampling_session": {"sampling_session_id": "bench-sampling"},
    "healthz": {"status": "ok"},
    "get_server_capabilities": {"supported_models": [{"model_name": MODEL}]},
    "samplers/bench-sampling": {"sampler_id": "bench-sampling", "base_model": MODEL},
}


class MadeUp:
    """The server. It knows just enough of HTTP for keep-alive connections of one client."""

    def __init__(self, seconds: float, capacity: int) -> None:
        self.seconds, self.capacity = seconds, capacity
        self.calls: Counter[str] = Counter()
        self.refused = 0
        self._in_flight: dict[str, float] = {}
        reply = messages.SampleResponse()
        tokens, logprobs = np.arange(TOKENS, dtype=np.int32), np.zeros(TOKENS, np.float32)
        reply.sequences.add(stop_reason=1, tokens=tokens.tobytes(), logprobs=logprobs.tobytes())
        self._reply = reply.SerializeToString()
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        started = asyncio.run_coroutine_threadsafe(asyncio.start_server(self._serve, "127.0.0.1", 0), self._loop)
        self.url = f"http://127.0.0.1:{started.result().sockets[0].getsockname()[1]}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
                sizes = [line.split(":")[1] for line in head.split("\r\n") if line.startswith("content-length:")]
                body = await reader.readexactly(int(sizes[0])) if sizes else b""
                call = head.split()[1].partition("/api/v1/")[2]
                status, data, content = await self._answer(call, body)
                writer.write(
                    f"HTTP/1.1 {status} -\r\ncontent-type: {content}\r\ncontent-length: {len(data)}\r\n\r\n".encode()
                    + data
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def _answer(self, call: str, body: bytes) -> tuple[int, bytes, str]:
        self.calls[call] += 1
        if call == "asample":
            now = time.monotonic()
            if sum(end > now for end in self._in_flight.values()) >= self.capacity:
                self.refused += 1
                return 429, b'{"detail": "too much"}', "application/json"
            name = str(len(self._in_flight))
            self._in_flight[name] = now + self.seconds
            return 200, json.dumps({"request_id": name, "sample_sequence_ids": [name]}).encode(), "application/json"
        if call == "retrieve_future":
            end = self._in_flight[json.loads(body)["request_id"]]
            await asyncio.sleep(max(0.0, end - time.monotonic()))
            return 200, self._reply, "application/x-protobuf"
        return 200, json.dumps(PLAIN[call]).encode(), "application/json"


def ours(server: MadeUp, count: int, most: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prices = {MODEL: {"prefill": 1.0, "sample": 1.0, "train": 1.0}}
        write_service(folder / "results/x", url=server.url, concurrency=most, prices=prices)
        job = sample_job(folder, 1, MODEL)
        requests, journal = Requests.open(Service.open(job)), Journal(job.state_folder() / "asked.jsonl")
        begin = time.monotonic()
        questions = [Question(str(n), PROMPT, seed=n, max_tokens=TOKENS, stop=(2,)) for n in range(count)]
        assert len(requests.ask(questions, journal).all()) == count
        report(f"ours, {most} at most", server, time.monotonic() - begin)


def theirs(server: MadeUp, count: int) -> None:
    client = tinker.ServiceClient(base_url=server.url).create_sampling_client(base_model=MODEL).result()
    begin = time.monotonic()
    prompt = tinker.types.ModelInput.from_ints(PROMPT)
    futures = [
        client.sample(prompt, 1, tinker.types.SamplingParams(max_tokens=TOKENS, seed=n, stop=[2])) for n in range(count)
    ]
    assert len([future.result() for future in futures]) == count
    report("tinker", server, time.monotonic() - begin)


def report(who: str, server: MadeUp, seconds: float) -> None:
    calls = server.calls["asample"] + server.calls["retrieve_future"]
    print(f"| {who} | {server.capacity} | {seconds:.1f} | {server.refused} | {calls} |", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=512)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--most", type=int, default=64, help="at once; tinker's client has no such limit")
    parser.add_argument("--capacity", type=int, nargs="+", default=[512, 64, 16])
    given = parsed(parser, requests=8, seconds=0.1, most=4, capacity=[8])
    os.environ.setdefault("TINKER_API_KEY", "tml-bench")
    print("| client | capacity | seconds | refused | calls |\n|---|---|---|---|---|")
    ours(MadeUp(given.seconds, given.requests), given.requests, given.requests)
    for capacity in given.capacity:
        ours(MadeUp(given.seconds, capacity), given.requests, given.most)
        theirs(MadeUp(given.seconds, capacity), given.requests)
