"""Lines as gzip members (RFC 1952), which may be sent one after the other."""

import zlib

from isal import isal_zlib

from monitoring.errors import StoreError

_COMPRESSION_LEVEL = 1  # of 0 to 3, as ISA-L counts them
_MOST_MEMBERS = 10_000

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


def decompress_untrusted(packed: bytes, *, most_octets: int) -> bytes:
    """
    Return the lines of one or more gzip members that anybody may have sent.

    Raises:
        StoreError: they are not gzip or cut short, or too many or too large; with the status that InfluxDB answers.
    """
    parts: list[bytes] = []
    size = 0
    while packed:
        if len(parts) == _MOST_MEMBERS:
            raise StoreError("unable to read data: too many gzip members", status=413)
        inflate = zlib.decompressobj(16 + zlib.MAX_WBITS)
        try:
            parts.append(inflate.decompress(packed, most_octets + 1 - size))
        except zlib.error:
            raise StoreError("unable to read data: the body is not gzip", status=400) from None
        size += len(parts[-1])
        if size > most_octets:
            raise StoreError("unable to read data: request body too large", status=413)
        if not inflate.eof:
            raise StoreError("unable to read data: the gzip body is cut short", status=400)
        packed = inflate.unused_data
    return b"".join(parts)
