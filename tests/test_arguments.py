"""What fits an argument: taken without Pydantic only where Pydantic would take it, and as the same value."""

from __future__ import annotations

import pytest

from clspec.components import registry
from clspec.components.arguments import UnfitError, _judged, arguments_of, fit
from clspec.components.linear import Linear

VALUES = (
    *(0, 1, -1, 2, 1000, 1001, 2**31 - 1, 2**31, 2**63 - 1, 0.0, 0.5, 1.0, -1000.0, 1e6, 1e7, True, False, None),
    *("", "a", (), (1,), (1, 2.5), (0,), (True,), tuple(range(1, 1001)), tuple(range(1, 1002)), Linear(features=3)),
)
ARGUMENTS = [(kind, name) for kind in registry().values() for name in arguments_of(kind)]


@pytest.mark.parametrize(("kind", "name"), ARGUMENTS, ids=lambda each: each if isinstance(each, str) else each.kind)
def test_what_is_taken_at_once_is_what_pydantic_takes(kind, name) -> None:
    for value in VALUES:
        given = {name: value}
        for other, each in arguments_of(kind).items():
            if each.required and other != name:
                given[other] = next(value for value in VALUES if _judges(kind, other, value))
        try:
            expected = _judged(kind, given)[name]
        except UnfitError as error:
            with pytest.raises(UnfitError) as caught:
                fit(kind, given)
            assert caught.value.details == error.details
        else:
            taken = getattr(fit(kind, given), name)
            assert (taken, type(taken)) == (expected, type(expected))


def _judges(kind, name, value) -> bool:
    try:
        _judged(kind, {name: value})
    except UnfitError as error:
        return all(detail["loc"][0] != name for detail in error.details)
    return True
