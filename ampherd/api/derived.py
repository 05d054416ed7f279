"""Request bodies derived from domain dataclasses, so that each is described once.

Names, types, defaults and descriptions are those of the domain; what a suffix says about a number
(`_s`, `_a`, `_w`: not negative) is checked, and a key that does not exist is an error at any depth.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from functools import reduce
from itertools import pairwise
from types import NoneType, UnionType
from typing import Annotated, Any, NewType, Union, cast, get_args, get_origin, get_type_hints

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    create_model,
    model_validator,
)

from ocpp_core.domain.variables import VariableName

type Check = Callable[[Any], str | None]
"""Says what is wrong with a domain value as a whole, or None."""

_SIGNED = frozenset({"setpoint", "setpoint_l2", "setpoint_l3"})
_NOT_POSITIVE = frozenset({"discharge_limit", "discharge_limit_l2", "discharge_limit_l3"})


class Derived(BaseModel):
    """Base: unknown keys are errors, so that a misspelt one is not ignored."""

    model_config = ConfigDict(extra="forbid")


def body_of(
    domain_type: type[Any],
    *,
    limits: Mapping[tuple[type[Any], str], Any],
    checks: Mapping[type[Any], Check],
) -> type[Derived]:
    """Return the model of a request body that becomes one `domain_type`.

    `limits` narrows single fields (`Field(...)` by class and name), `checks` judge whole values.
    """
    return _Deriver(limits, checks).model(domain_type)


def domain_value(body: BaseModel, domain_type: type[Any]) -> Any:
    """Turn a checked body into the domain value it describes."""
    return domain_type(
        **{
            f.name: _value(getattr(body, f.name), hint)
            for f, hint in _hinted(domain_type)
            if f.name in body.model_fields_set
        }
    )


class _Deriver:
    def __init__(
        self, limits: Mapping[tuple[type[Any], str], Any], checks: Mapping[type[Any], Check]
    ) -> None:
        self._limits = limits
        self._checks = checks
        self._models: dict[type[Any], type[Derived]] = {}

    def model(self, domain_type: type[Any]) -> type[Derived]:
        known = self._models.get(domain_type)
        if known is not None:
            return known
        words = attribute_words(domain_type)
        definitions: dict[str, Any] = {}
        for f, hint in _hinted(domain_type):
            default: Any = ...
            if f.default is not MISSING:
                default = f.default
            limit = self._limits.get((domain_type, f.name))
            extra = () if limit is None else (limit,)
            described = (self._type(hint, f.name), *extra, Field(description=words.get(f.name)))
            definitions[f.name] = (Annotated[described], default)
        check = self._checks.get(domain_type)

        def judged(body: Derived) -> Derived:
            if check is not None and (wrong := check(domain_value(body, domain_type))):
                raise ValueError(wrong)
            return body

        made: type[Derived] = create_model(
            f"{domain_type.__name__}Body",
            __base__=Derived,
            __doc__=inspect.cleandoc(domain_type.__doc__ or ""),
            __validators__=cast("Any", {"judged": model_validator(mode="after")(judged)}),
            **definitions,
        )
        self._models[domain_type] = made
        return made

    def _type(self, hint: Any, name: str) -> Any:
        origin = get_origin(hint)
        if origin in (Union, UnionType):
            first, *others = (self._type(option, name) for option in get_args(hint))
            return reduce(lambda union, option: Union[union, option], others, first)  # noqa: UP007
        if origin is tuple:
            item: Any = self._type(get_args(hint)[0], name)
            return tuple[item, ...]
        if hint is NoneType:
            return NoneType
        if hint is VariableName:
            return Annotated[str, AfterValidator(_parseable)]
        if is_dataclass(hint) and isinstance(hint, type):
            return self.model(hint)
        return _plain(hint, name)


def _plain(hint: Any, name: str) -> Any:
    kind = hint.__supertype__ if isinstance(hint, NewType) else hint
    if kind is datetime:
        return AwareDatetime
    if kind is float:
        if name in _NOT_POSITIVE:
            return Annotated[float, Field(le=0, allow_inf_nan=False)]
        least = None if name in _SIGNED else 0
        return Annotated[float, Field(ge=least, allow_inf_nan=False)]
    if kind is Decimal:
        return Annotated[Decimal, Field(ge=0, allow_inf_nan=False)]
    if kind is int:
        return Annotated[int, Field(ge=0, le=2**31 - 1)]
    if kind is str and isinstance(hint, NewType):
        return Annotated[str, Field(min_length=1, max_length=255)]
    if kind is bool:
        # A string or number for yes or no is a misunderstanding.
        return Annotated[bool, BeforeValidator(_really_bool)]
    return kind


def _really_bool(value: Any) -> Any:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")  # noqa: TRY004 - pydantic collects ValueErrors
    return value


def _parseable(text: str) -> str:
    VariableName.parse(text)
    return text


def _value(value: Any, hint: Any) -> Any:
    options = (
        [o for o in get_args(hint) if o is not NoneType]
        if get_origin(hint)
        in (
            Union,
            UnionType,
        )
        else [hint]
    )
    wanted = options[0]
    if value is None:
        return None
    if wanted is VariableName:
        return VariableName.parse(value)
    if get_origin(wanted) is tuple:
        item, _ = get_args(wanted)
        return tuple(_value(one, item) for one in value)
    if isinstance(value, BaseModel):
        return domain_value(value, wanted)
    return value


def _hinted(domain_type: type[Any]) -> tuple[tuple[Any, Any], ...]:
    hints = get_type_hints(domain_type)
    return tuple((f, hints[f.name]) for f in fields(domain_type))


def attribute_words(domain_type: type[Any]) -> Mapping[str, str]:
    """Return the docstring below each field of a dataclass."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(domain_type)))
    body = tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) else []
    words: dict[str, str] = {}
    for before, after in pairwise(body):
        if (
            isinstance(before, ast.AnnAssign)
            and isinstance(before.target, ast.Name)
            and isinstance(after, ast.Expr)
            and isinstance(after.value, ast.Constant)
            and isinstance(after.value.value, str)
        ):
            words[before.target.id] = " ".join(after.value.value.split())
    return words
