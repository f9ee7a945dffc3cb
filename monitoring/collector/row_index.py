"""Row numbers for objects whose values lie in arrays."""

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

Key = tuple[str, str]


class RowIndex:
    """Gives every object, named by its device and its own name, a row; a row that was given up is used again."""

    def __init__(self) -> None:
        self._rows: dict[Key, int] = {}
        self._free: list[int] = []
        self.keys: list[Key] = []

    def __contains__(self, key: Key) -> bool:
        return key in self._rows

    def __len__(self) -> int:
        """Return how long arrays must be to hold every row."""
        return len(self.keys)

    def items(self) -> Iterator[tuple[Key, int]]:
        """Give every object with its row."""
        yield from self._rows.items()

    def row(self, key: Key) -> int:
        """Return the row of an object; one that has none yet gets one."""
        if (row := self._rows.get(key)) is not None:
            return row
        if self._free:
            row = self._free.pop()
            self.keys[row] = key
        else:
            row = len(self.keys)
            self.keys.append(key)
        self._rows[key] = row
        return row

    def give_up(self, keys: Iterable[Key]) -> npt.NDArray[np.int64]:
        """Take the rows of objects back and return them; what the arrays hold there is to be cleared."""
        rows = [self._rows.pop(key) for key in keys]
        self._free += rows
        return np.array(rows, np.int64)
