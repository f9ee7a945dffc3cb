"""Lines as gzip members (RFC 1952), which may be sent one after the other."""

from isal import isal_zlib

_COMPRESSION_LEVEL = 1  # of 0 to 3, as ISA-L counts them


_GZIP_FRAME = 16 + isal_zlib.MAX_WBITS


def compress(lines: bytes) -> bytes:
    """Return lines as one gzip member; members may be sent one after the other (RFC 1952, section 2.2)."""
    return isal_zlib.compress(lines, _COMPRESSION_LEVEL, _GZIP_FRAME)


def decompress(body: bytes) -> bytes:
    """Return the lines of one or more gzip members."""
    parts = []
    while body:
        inflate = isal_zlib.decompressobj(_GZIP_FRAME)
        parts.append(inflate.decompress(body) + inflate.flush())
        body = inflate.unused_data
    return b"".join(parts)
