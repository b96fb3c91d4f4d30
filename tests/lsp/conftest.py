"""A real client that talks to a server process over its pipes."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

import pytest
import pytest_lsp
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient

from tests import conftest
from tests.conftest import golden  # noqa: F401

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "clspec", "lsp"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of the other tests: run alone, this folder has settings of its own, and pytest looks no higher."""
    with contextlib.suppress(ValueError):  # they are there: it is run with others
        conftest.pytest_addoption(parser)


@pytest_lsp.fixture(config=ClientServerConfig(server_command=COMMAND, server_env=ENVIRONMENT))
async def client(lsp_client: LanguageClient, tmp_path: Path):
    """A client in a folder of its own, as an editor that can fill in snippets."""
    folder = types.WorkspaceFolder(tmp_path.as_uri(), "specs")
    await lsp_client.initialize_session(
        types.InitializeParams(
            capabilities=pytest_lsp.client_capabilities("visual-studio-code"),
            root_uri=tmp_path.as_uri(),
            workspace_folders=[folder],
        )
    )
    yield
    await lsp_client.shutdown_session()
