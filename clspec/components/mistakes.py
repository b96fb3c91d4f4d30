"""What a component says of arguments, shapes and paths that it cannot take."""

from __future__ import annotations


class ShapeError(Exception):
    """Shapes that do not fit a component. `code` is the diagnostic's, `help` says what to write instead."""

    def __init__(self, message: str, help: str | None = None, code: str = "CL301") -> None:
        super().__init__(message)
        self.message, self.help, self.code = message, help, code


class ArgumentError(Exception):
    """An argument that only the component itself can judge (a network's name). `argument` is the field's name."""

    def __init__(self, argument: str, message: str, code: str, help: str | None = None) -> None:
        super().__init__(message)
        self.argument, self.message, self.code, self.help = argument, message, code, help


class TapError(Exception):
    """A path into a backbone that cannot be read. `help` says what can."""

    def __init__(self, message: str, help: str | None = None) -> None:
        super().__init__(message)
        self.message, self.help = message, help
