# pyright: standard, reportMissingImports=false
"""The pipes of `clspec lsp`: messages that are none, a reader that is gone, and what else is printed."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidRequest
from pygls.protocol import LanguageServerProtocol


class Protocol(LanguageServerProtocol):
    """The protocol of pygls, which leaves a request that it cannot read without an answer."""

    def structure_message(self, data: dict[str, Any]) -> Any:
        try:
            return super().structure_message(data)
        except JsonRpcException as error:
            if "id" in data and "method" in data:
                self._send_response(data["id"], error=types.ResponseError(error.code, error.message))
            raise

    def handle_message(self, message: Any) -> None:
        if not hasattr(message, "jsonrpc"):
            raise JsonRpcInvalidRequest("this is no message of the protocol: it has no `jsonrpc`")
        super().handle_message(message)


class Output:
    """Standard output for the protocol alone: what else is printed, by whatever library, goes to standard error."""

    def __init__(self) -> None:
        self.file = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def write(self, data: bytes) -> None:
        try:
            self.file.write(data)
        except BrokenPipeError:
            os._exit(1)  # nobody reads any more; the thread that waits for standard input could not be told

    def flush(self) -> None:
        """What is written goes out at once."""

    def close(self) -> None:
        self.file.close()


def in_words(error: Exception) -> str:
    """What went wrong, for a person who reads the log of an editor."""
    if isinstance(error, JsonRpcException):
        return error.message
    if isinstance(error, UnicodeDecodeError | json.JSONDecodeError):
        return f"this is no JSON, or half of it: {error}"
    return f"{type(error).__name__}: {error}"
