#include <zlib.h>

/// Bytes that `latchkey_gzip` may need for its output.
static inline unsigned long latchkey_gzip_bound(unsigned long count) {
    // The wrapper of gzip takes 18 bytes where zlib's own takes 6.
    return compressBound(count) + 12;
}

/// Compresses in one step into the gzip format (RFC 1952). `deflateInit2` is a macro, which Swift does not see.
/// Returns the number of bytes written, or 0 if it did not work.
static inline unsigned long latchkey_gzip(
    const void *input, unsigned int count, void *output, unsigned int room, int level) {
    z_stream stream = {0};
    if (deflateInit2(&stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) return 0;
    stream.next_in = (Bytef *)input;
    stream.avail_in = count;
    stream.next_out = (Bytef *)output;
    stream.avail_out = room;
    int code = deflate(&stream, Z_FINISH);
    unsigned long written = stream.total_out;
    deflateEnd(&stream);
    return code == Z_STREAM_END ? written : 0;
}
