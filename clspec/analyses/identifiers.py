"""Which names a spec may give: all of them become names of the generated Python."""

from __future__ import annotations

import keyword

from clspec.diagnostics import Diagnostic, Findings
from clspec.ir.values import Identifier

LONGEST = 200
_OF_TORCH = """
    T_destination add_module apply bfloat16 buffers call_super_init children compile cpu cuda double dump_patches eval
    extra_repr float forward get_buffer get_extra_state get_parameter get_submodule half ipu load_state_dict modules
    mtia named_buffers named_children named_modules named_parameters parameters register_backward_hook register_buffer
    register_forward_hook register_forward_pre_hook register_full_backward_hook register_full_backward_pre_hook
    register_load_state_dict_post_hook register_load_state_dict_pre_hook register_module register_parameter
    register_state_dict_post_hook register_state_dict_pre_hook requires_grad_ set_extra_state set_submodule
    share_memory state_dict to to_empty train training type xpu zero_grad
"""
_OF_CLSPEC = """
    adaptation announce announce_tasks begin check_inputs class_map decode describe encode every_task
    forget_announced generations growth_log has_columns know_tasks known_tasks meet members merge_generations new_to
    observe part_state per_task placed post_adaptation recursive_adaptation regrow INPUTS PLAN SEED SERIES SPEC TOKENS
    ADAPTS_ALONE ANSWERS_BY_MODE ANSWERS_BY_TASK CATCHES_UP NEEDS_TASK_LABELS ONLY_APPENDS
"""
_OF_GENERATED_METHODS = "self super task_labels dict int"
RESERVED = frozenset(f"{_OF_TORCH} {_OF_CLSPEC} {_OF_GENERATED_METHODS}".split())
"""Names that a generated module uses for itself: attributes of nn.Module and of its bases, words of its methods."""


def check_identifier(name: Identifier) -> list[Diagnostic]:
    """Why a name cannot name a part, a model or a stream."""
    found = check_parameter_name(name)
    if not found and name.text in RESERVED:
        found.report("CL103", f'"{name.text}" cannot be a name: torch or clspec uses it', name.span, _instead(name))
    return found


def check_parameter_name(name: Identifier) -> Findings:
    """Why a name cannot name a parameter of a model; it becomes no attribute of a module."""
    found, text = Findings(), name.text
    if not text.isascii() or not text.isidentifier() or text.startswith("_"):
        help = "letters, digits and underscores, starting with a letter"
        found.report("CL103", f'"{text}" cannot be a name', name.span, help)
    elif keyword.iskeyword(text) or keyword.issoftkeyword(text):
        found.report("CL103", f'"{text}" cannot be a name: Python uses it', name.span, _instead(name))
    elif len(text) > LONGEST:
        found.report("CL103", f"a name of {len(text)} characters is too long", name.span, f"at most {LONGEST}")
    return found


def _instead(name: Identifier) -> str:
    return f'such as "{name.text}_part"'
