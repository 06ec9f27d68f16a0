"""Checksums that the standard library lacks."""

from random import Random

import pytest

from globaltables.buckets.checksums import ALGORITHMS, checksum_of, encoded
from globaltables.buckets.cyclic import CRC32C, CRC64NVME


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        ("CRC32", "y/Q5Jg=="),
        ("CRC32C", "4waSgw=="),
        ("CRC64NVME", "rosUhgp5mIg="),
        ("SHA1", "98O8HYCOBHMq32eZZczDTKeuNEE="),
        ("SHA256", "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="),
    ],
)
def test_checksum_of_the_usual_digits_is_the_published_one(algorithm: str, expected: str) -> None:
    """The check values of the catalogue of parametrised CRC algorithms, and of RFC 3174 and FIPS 180."""
    assert expected == checksum_of(algorithm, b"123456789")


@pytest.mark.parametrize(
    ("algorithm", "polynomial", "bits"), [("CRC32C", CRC32C, 32), ("CRC64NVME", CRC64NVME, 64)]
)
@pytest.mark.parametrize("size", [0, 1, 2_047, 2_048, 5_000, 70_001, 1_300_000])
def test_checksum_of_blocks_is_that_of_single_bits(
    algorithm: str, polynomial: int, bits: int, size: int
) -> None:
    """Whatever the length, and however it is cut."""
    content = Random(size).randbytes(size)
    whole = ALGORITHMS[algorithm]()
    whole.update(content)
    cut = ALGORITHMS[algorithm]()
    cut.update(content[: size // 3])
    cut.update(content[size // 3 :])

    assert encoded(whole) == encoded(cut)
    if size <= 5_000:
        state = (1 << bits) - 1
        for byte in content:
            state ^= byte
            for _ in range(8):
                state = state >> 1 ^ (polynomial if state & 1 else 0)
        assert (state ^ (1 << bits) - 1).to_bytes(bits // 8, "big") == whole.digest()
