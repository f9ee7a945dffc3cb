"""The languages in which the centre writes to people."""

from typing import Literal, get_args

Language = Literal["en", "lv"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
