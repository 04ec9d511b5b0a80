"""Fragments join into one gzip stream that any reader reads."""

import gzip
import shutil
import subprocess
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.deflate import Fragment, compress, crc32_combine, gzip_join, join

texts = st.one_of(st.binary(), st.integers(1, 3000).map(lambda n: b"kpi_things 1.0\n" * n))


@given(st.lists(st.lists(texts, max_size=3), max_size=6))
def test_the_stream_holds_what_the_fragments_held(pieces: list[list[bytes]]) -> None:
    stream = gzip_join(compress(chunks) for chunks in pieces)
    assert gzip.decompress(stream) == b"".join(b"".join(chunks) for chunks in pieces)


@given(st.lists(texts, max_size=6))
def test_the_stream_is_a_single_member(pieces: list[bytes]) -> None:
    one_member = zlib.decompressobj(wbits=31)
    assert one_member.decompress(gzip_join(compress([piece]) for piece in pieces)) == b"".join(pieces)
    assert one_member.eof
    assert one_member.unused_data == b""


@given(st.lists(texts, max_size=4))
def test_joined_fragments_are_a_sound_fragment(pieces: list[bytes]) -> None:
    fragment = join(compress([piece]) for piece in pieces)
    fragment.check()
    assert fragment.raw == b"".join(pieces)


@given(texts, texts)
def test_combined_checksums_equal_the_checksum_of_the_whole(first: bytes, second: bytes) -> None:
    assert crc32_combine(zlib.crc32(first), zlib.crc32(second), len(second)) == zlib.crc32(first + second)


@pytest.mark.parametrize(
    "damaged",
    [
        compress([b"kpi_things 1.0\n"])._replace(crc=1),
        compress([b"kpi_things 1.0\n"])._replace(length=3),
        compress([b"kpi_things 1.0\n"])._replace(deflated=b"\xff\xff\xff"),
        Fragment(zlib.compress(b"ends", wbits=-15), 4, zlib.crc32(b"ends")),
    ],
)
def test_a_damaged_fragment_is_found(damaged: Fragment) -> None:
    with pytest.raises(ValueError, match="could not decompress a fragment"):
        damaged.check()


@pytest.mark.skipif(not shutil.which("gzip"), reason="gzip is not installed")
def test_the_gzip_program_reads_the_stream(tmp_path: Path) -> None:
    file = tmp_path / "metrics.gz"
    file.write_bytes(gzip_join([compress([b"one\n"]), compress([b"two\n"])]))
    subprocess.run(["gzip", "--test", file], check=True)
    assert subprocess.run(["gzip", "-dc", file], check=True, capture_output=True).stdout == b"one\ntwo\n"
