# pyright: standard
"""Generated source as a real module: importable, inspectable, and carried along by pickle."""

from __future__ import annotations

import hashlib
import linecache
import re
import sys
from types import ModuleType
from typing import Any


def load_source(text: str, name_hint: str) -> ModuleType:
    """Runs generated source as the module `clspec_model_<hint>_<sha of the text>`; the same text gives the same module.

    Tracebacks and `inspect.getsource` show its lines. The text is code and is run: hand in only what clspec generated.
    """
    hint = re.sub(r"[^A-Za-z0-9_]", "_", name_hint)
    name = f"clspec_model_{hint}_{hashlib.sha256(text.encode()).hexdigest()[:12]}"
    if name in sys.modules:
        return sys.modules[name]
    module = ModuleType(name)
    filename = f"<{name}>"
    vars(module).update(__file__=filename, __clspec_source__=text, __clspec_hint__=hint)
    # Before running it: a traceback out of the module's own first run should show its lines too.
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    sys.modules[name] = module
    try:
        exec(compile(text, filename, "exec"), vars(module))
    except BaseException:
        del sys.modules[name], linecache.cache[filename]
        raise
    return module


def reduce_generated(instance: Any) -> tuple[Any, ...] | None:
    """How copy and pickle take apart an instance of a class from `load_source`: with its source. None for others."""
    kind: type = type(instance)
    module = sys.modules.get(kind.__module__)
    text = getattr(module, "__clspec_source__", None)
    if module is None or text is None:
        return None
    return _rebuild, (text, vars(module)["__clspec_hint__"], kind.__qualname__), instance.__getstate__()


def _rebuild(text: str, hint: str, qualname: str) -> Any:
    """An empty instance to be filled; in a fresh process the module is made first."""
    kind: Any = load_source(text, hint)
    for name in qualname.split("."):
        kind = getattr(kind, name)
    return kind.__new__(kind)
