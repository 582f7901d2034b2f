"""A server for the tests of the Tinker path, started once for the tests of a file and its neighbours."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from faults import Faults, between
from jobs import Jobs
from serving import KEY, NAME, Server, server_python
from tiny import save_tiny_model


@pytest.fixture(scope="session")
def installed() -> None:
    """Skips the test where the server's environment is not there. CI sets it up."""
    if not server_python().is_file():
        pytest.skip("no environment for the server: make tinker-server, or name one in GRADUS_TINKER_SERVER_PYTHON")


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an untrained model with a real tokenizer and chat template. vLLM needs heads as wide as these."""
    return save_tiny_model(tmp_path_factory.mktemp("tiny") / "base", head_dim=32).parent


@pytest.fixture(scope="session")
def server(installed: None, tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of the tiny model. Tests that stop or kill one take `own_server`."""
    running = Server(tiny_base, NAME, tmp_path_factory.mktemp("server")).start()
    yield running
    running.stop()


@pytest.fixture
def own_server(installed: None, tiny_base: Path, tmp_path: Path) -> Iterator[Server]:
    """A server of the test's own, not started."""
    own = Server(tiny_base, NAME, tmp_path / "server")
    yield own
    own.kill()


@pytest.fixture
def faults(server: Server) -> Iterator[Faults]:
    """A proxy in front of the server."""
    with between(server.url) as proxy:
        yield proxy


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TINKER_API_KEY", KEY)
    monkeypatch.setenv("TINKER_TELEMETRY", "0")
    monkeypatch.delenv("TINKER_BASE_URL", raising=False)


@pytest.fixture
def jobs(tmp_path: Path, tiny_base: Path, faults: Faults) -> Jobs:
    """A study's jobs, which reach the shared server through the proxy."""
    return Jobs(tmp_path / "study", tiny_base, faults.url)
