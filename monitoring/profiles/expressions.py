"""
The small language of profiles: arithmetic over the columns of one row, and nothing else.

It borrows Python's grammar and none of its powers: names are columns, a few functions are known, there are no
attributes and no indexing. An operand that is unknown makes the result unknown.
"""

import ast
import math
import operator
from collections.abc import Callable, Mapping

from monitoring.errors import ProfileError

Value = int | float | str | bool | None
Row = Mapping[str, Value]
Expression = Callable[[Row], Value]

_BINARY: dict[type, Callable[..., Value]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
}
_COMPARE: dict[type, Callable[..., bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


def _first_number(text: Value) -> Value:
    """Return the first number in a text ("23.5 C" is 23.5)."""
    if not isinstance(text, str):
        return text
    digits = "".join(c if c in "+-.0123456789" else " " for c in text).split()
    for word in digits:
        try:
            return float(word)
        except ValueError:
            continue
    return None


def _ten_to(power: Value) -> Value:
    return 10.0**power if isinstance(power, int) and abs(power) <= 30 else None


_FUNCTIONS: dict[str, Callable[..., Value]] = {
    "number": _first_number,
    "ten_to": _ten_to,
    "log10": lambda x: math.log10(x) if x > 0 else None,
    "starts": lambda text, prefix: text.startswith(prefix),
    "item": lambda text, n: text.split()[int(n)] if len(text.split()) > n else None,
    "bit": lambda number, n: bool(int(number) >> int(n) & 1),
}


def compile_expression(source: str | float, where: str) -> Expression:
    """
    Return a function from a row to the value of the expression.

    Args:
        source: The text, or a plain number.
        where: Profile, table and key, for the error.

    Raises:
        ProfileError: the text is not an expression of this language.
    """
    if not isinstance(source, str):
        return lambda row: source
    try:
        return _compile(ast.parse(source, mode="eval").body)
    except (SyntaxError, KeyError, TypeError, ValueError) as error:
        raise ProfileError(f"{where}: {source!r} is not an expression that profiles know ({error}).") from None


def _compile(node: ast.expr) -> Expression:
    match node:
        case ast.Constant(value=bool() | int() | float() | str() | None as constant):
            return lambda row: constant
        case ast.Name(id=name):
            return lambda row: row.get(name)
        case ast.BinOp(left=left, op=op, right=right):
            return _known(_of_numbers(_BINARY[type(op)]), _compile(left), _compile(right))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _known(_of_numbers(operator.neg), _compile(operand))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return _known(operator.not_, _compile(operand))
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return _known(_COMPARE[type(op)], _compile(left), _compile(right))
        case ast.BoolOp(op=op, values=values):
            return _boolean(isinstance(op, ast.And), [_compile(value) for value in values])
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return _choice(_compile(test), _compile(body), _compile(orelse))
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            return _known(_FUNCTIONS[name], *map(_compile, arguments))
    raise ValueError(f"{type(node).__name__} is not allowed")


def _known(function: Callable[..., Value], *operands: Expression) -> Expression:
    """Return the function of its operands, unknown as soon as one of them is."""

    def evaluate(row: Row) -> Value:
        values = [operand(row) for operand in operands]
        if any(value is None for value in values):
            return None
        try:
            result = function(*values)
        except (TypeError, ArithmeticError, ValueError, IndexError, AttributeError):
            return None
        return None if isinstance(result, float) and not math.isfinite(result) else result

    return evaluate


def _of_numbers(function: Callable[..., Value]) -> Callable[..., Value]:
    """Return the function for numbers alone: a text times a number would be a very long text."""

    def compute(*values: Value) -> Value:
        return None if any(isinstance(value, str) for value in values) else function(*values)

    return compute


def _boolean(is_and: bool, operands: list[Expression]) -> Expression:
    combine = all if is_and else any
    return lambda row: combine(operand(row) for operand in operands)


def _choice(test: Expression, body: Expression, orelse: Expression) -> Expression:
    return lambda row: body(row) if test(row) else orelse(row)
