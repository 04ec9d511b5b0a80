"""Compressed fragments that join into one gzip stream without being compressed again.

Each fragment is a piece of raw DEFLATE that ends on a byte boundary and refers to nothing before it, so pieces may
follow each other in any order. Browsers and curl stop after the first member of a gzip file with several, so the
result is one member; its checksum is combined from those of the fragments.
"""

import struct
import zlib
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"  # gzip, deflate, no name, no time, unknown system
_LAST_BLOCK = b"\x03\x00"
_POLYNOMIAL = 0xEDB88320
_ONE = 1 << 31


class Fragment(NamedTuple):
    """Bytes, compressed. `length` and `crc` are those of the bytes before compression."""

    deflated: bytes
    length: int
    crc: int

    @property
    def raw(self) -> bytes:
        """The bytes before compression."""
        return zlib.decompressobj(wbits=-15).decompress(self.deflated)

    def check(self) -> None:
        """Raise ValueError when the bytes are damaged."""
        decompressor = zlib.decompressobj(wbits=-15)
        try:
            raw = decompressor.decompress(self.deflated)
        except zlib.error as error:
            raise ValueError(f"could not decompress a fragment: {error}") from error
        # A fragment never ends its stream: what would follow it in a body could not be read.
        if decompressor.eof or len(raw) != self.length or zlib.crc32(raw) != self.crc:
            raise ValueError("could not decompress a fragment: its length or checksum does not fit its bytes")


def compress(chunks: Iterable[bytes]) -> Fragment:
    """One fragment out of chunks. Speed counts more than size here: the texts are short-lived and repetitive."""
    compressor = zlib.compressobj(level=1, wbits=-15)
    deflated: list[bytes] = []
    length = crc = 0
    for chunk in chunks:
        deflated.append(compressor.compress(chunk))
        length += len(chunk)
        crc = zlib.crc32(chunk, crc)
    deflated.append(compressor.flush(zlib.Z_SYNC_FLUSH))
    return Fragment(b"".join(deflated), length, crc)


def join(fragments: Iterable[Fragment]) -> Fragment:
    """One fragment that decompresses to what the fragments decompress to, one after the other."""
    deflated: list[bytes] = []
    length = crc = 0
    for fragment in fragments:
        deflated.append(fragment.deflated)
        length += fragment.length
        crc = crc32_combine(crc, fragment.crc, fragment.length)
    return Fragment(b"".join(deflated), length, crc)


def gzip_join(fragments: Iterable[Fragment]) -> bytes:
    """The gzip stream, of one member, of what the fragments decompress to."""
    whole = join(fragments)
    return b"".join((GZIP_HEADER, whole.deflated, gzip_end(whole)))


def gzip_end(whole: Fragment) -> bytes:
    """What closes a gzip stream whose whole text has the length and the checksum of `whole`."""
    return _LAST_BLOCK + struct.pack("<LL", whole.crc, whole.length & 0xFFFFFFFF)


def crc32_combine(first: int, second: int, second_length: int) -> int:
    """The CRC-32 of two byte strings put together, from that of each and the length of the second in bytes."""
    return _multiply(_shift(second_length), first) ^ second


@lru_cache(maxsize=8192)
def _shift(length: int) -> int:
    """x to the power of `8 * length` modulo the CRC's polynomial: what `length` bytes after it do to a checksum.

    Remembered, because most fragments of a body stay the same from one body to the next.
    """
    product = _ONE
    power = _ONE >> 8  # x**8
    while length:
        if length & 1:
            product = _multiply(power, product)
        length >>= 1
        power = _multiply(power, power)
    return product


def _multiply(a: int, b: int) -> int:
    """`a` times `b` modulo the CRC's polynomial, both with the coefficient of x**0 in the highest bit."""
    product = 0
    while a:
        if a & _ONE:
            product ^= b
        a = (a << 1) & 0xFFFFFFFF
        b = (b >> 1) ^ (_POLYNOMIAL if b & 1 else 0)
    return product
