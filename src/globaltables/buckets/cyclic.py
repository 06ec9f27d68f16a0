"""CRC-32C and CRC-64/NVME, which the standard library lacks, many bytes at a time.

A block is cut into lanes of equal length. All lanes advance together: their states are kept as planes (the lowest
bytes of all states, the next bytes, ...), so that one table look-up for all lanes is one `bytes.translate`, and an
exclusive or is one of two large integers. At the end neighbours are joined: CRC is linear, so the state behind A and B
is that behind A, advanced by the length of B, exclusive or that of B alone. Fifty times as fast as byte by byte.
"""

from collections.abc import Callable
from functools import lru_cache

_LANE_BYTES = 256
_LANES_MAX = 4_096
_LANES_MIN = 8

#: Reflected polynomials.
CRC32C = 0x82F63B78
CRC64NVME = 0x9A6C9329AC4BC9B5


class Cyclic:
    """A running CRC, reflected, with inverted start and end.

    Args:
        polynomial: reflected.
        size: bytes of the state.
    """

    def __init__(self, polynomial: int, size: int) -> None:
        self._polynomial = polynomial
        self._size = size
        self._ones = (1 << 8 * size) - 1
        self._state = self._ones

    def update(self, content: bytes) -> None:
        """Add to what the CRC is of."""
        start, left = 0, len(content)
        while left >= _LANE_BYTES * _LANES_MIN:
            lanes = min(_LANES_MAX, 1 << (left // _LANE_BYTES).bit_length() - 1)
            end = start + lanes * _LANE_BYTES
            self._state = _block(
                self._polynomial, self._size, self._state, content[start:end], lanes
            )
            left -= end - start
            start = end
        table, state = _table(self._polynomial), self._state
        for byte in content[start:]:
            state = state >> 8 ^ table[(state ^ byte) & 0xFF]
        self._state = state

    def digest(self) -> bytes:
        """Return the CRC of everything so far."""
        return (self._state ^ self._ones).to_bytes(self._size, "big")


def _block(polynomial: int, size: int, state: int, content: bytes, lanes: int) -> int:
    """Return the state behind a block of so many lanes."""
    look_ups = _planes_of(_table(polynomial), size)
    from_bytes = int.from_bytes
    # The first lane goes on from the state, the others begin at zero.
    planes = [state >> 8 * number & 0xFF for number in range(size)]
    for column in range(_LANE_BYTES):
        mixed = planes[0] ^ from_bytes(content[column::_LANE_BYTES], "little")
        index = mixed.to_bytes(lanes, "little")
        planes = [
            from_bytes(index.translate(table), "little") ^ following
            for table, following in zip(look_ups, [*planes[1:], 0], strict=True)
        ]
    joined = [plane.to_bytes(lanes, "little") for plane in planes]
    level = 0
    while lanes > 1:
        advance = _advance(polynomial, size, level)
        lanes //= 2
        halves = []
        for target in range(size):
            value = from_bytes(joined[target][1::2], "little")
            for source in range(size):
                value ^= from_bytes(
                    joined[source][0::2].translate(advance[source][target]), "little"
                )
            halves.append(value.to_bytes(lanes, "little"))
        joined = halves
        level += 1
    return from_bytes(b"".join(joined), "little")


@lru_cache
def _table(polynomial: int) -> tuple[int, ...]:
    """Return what each value of the lowest byte adds to the state."""
    table = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = value >> 1 ^ (polynomial if value & 1 else 0)
        table.append(value)
    return tuple(table)


@lru_cache
def _planes_of(table: tuple[int, ...], size: int) -> tuple[bytes, ...]:
    """Return for each byte of the state the table of that byte."""
    return tuple(bytes(value >> 8 * number & 0xFF for value in table) for number in range(size))


@lru_cache
def _advance(polynomial: int, size: int, level: int) -> tuple[tuple[bytes, ...], ...]:
    """Return what each byte of a state becomes in each byte of it when 2^level lanes of zeros follow."""
    return tuple(_planes_of(table, size) for table in _advanced(polynomial, size, level))


@lru_cache
def _advanced(polynomial: int, size: int, level: int) -> tuple[tuple[int, ...], ...]:
    """Return for each byte of a state what its values become when 2^level lanes of zeros follow."""
    step = _zeros(polynomial) if level == 0 else _twice(_advanced(polynomial, size, level - 1))
    tables = []
    for number in range(size):
        bits = [step(1 << 8 * number + bit) for bit in range(8)]
        table = [0]
        for bit in bits:
            table += [value ^ bit for value in table]
        tables.append(tuple(table))
    return tuple(tables)


def _zeros(polynomial: int) -> Callable[[int], int]:
    table = _table(polynomial)

    def step(state: int) -> int:
        for _ in range(_LANE_BYTES):
            state = state >> 8 ^ table[state & 0xFF]
        return state

    return step


def _twice(tables: tuple[tuple[int, ...], ...]) -> Callable[[int], int]:
    def once(state: int) -> int:
        value = 0
        for number, table in enumerate(tables):
            value ^= table[state >> 8 * number & 0xFF]
        return value

    return lambda state: once(once(state))
