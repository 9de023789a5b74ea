/* Writing safetensors in pieces. The header is padded with spaces, so that the data begin at a
 * multiple of 64 for readers that map the file. */
#include "gantrain/io/safetensors.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "gantrain/math/parallel.h"

enum { LENGTH_BYTES = 8, ALIGNMENT = 64, CRC_DIGITS = 8, FIRST_ROOM = 16 };

/* The checksum of a tensor is combined from those of its parts, which threads compute. */
enum { CRC_PARTS = 64 };

typedef struct CrcParts {
    const unsigned char *at;
    size_t bytes;
    uLong crc[CRC_PARTS];
} CrcParts;

static size_t part_begin(const CrcParts *c, int i)
{
    return c->bytes / CRC_PARTS * (size_t)i + (i == CRC_PARTS ? c->bytes % CRC_PARTS : 0);
}

static void crc_part(void *args, int i)
{
    CrcParts *c = args;
    const size_t begin = part_begin(c, i);
    c->crc[i] = crc32_z(0, c->at + begin, part_begin(c, i + 1) - begin);
}

static uLong tensor_crc(const void *at, size_t bytes)
{
    CrcParts c = { .at = at, .bytes = bytes };
    uLong crc = crc32_z(0, NULL, 0);
    parallel_for(CRC_PARTS, crc_part, &c);
    for (int i = 0; i < CRC_PARTS; i++)
        crc = crc32_combine(crc, c.crc[i], (z_off_t)(part_begin(&c, i + 1) - part_begin(&c, i)));
    return crc;
}

/* ---- collecting ------------------------------------------------------------------------------ */

void tensors_begin(TensorWriter *w)
{
    *w = (TensorWriter){ 0 };
}

/* Makes room for the header and one more tensor. */
static void reserve(TensorWriter *w)
{
    if (w->n + 1 < w->room)
        return;
    const int room = w->room ? 2 * w->room : FIRST_ROOM;
    Piece *grown = realloc(w->piece, (size_t)room * sizeof *grown);
    w->failed = w->failed || !grown;
    w->piece = grown ? grown : w->piece;
    w->room = grown ? room : w->room;
}

void tensors_add(TensorWriter *w, const char *name, TensorType type, int rank, const int64_t *shape,
                 const void *at)
{
    assert(strlen(name) < TENSOR_NAME && rank >= 0 && rank <= TENSOR_RANK && w->n < TENSORS_MAX);
    size_t bytes = tensor_type_bytes(type);
    text_add(&w->tensors, ",");
    json_write_string(&w->tensors, name);
    text_add(&w->tensors, ":{\"dtype\":\"%s\",\"shape\":[", tensor_type_name(type));
    for (int i = 0; i < rank; i++) {
        assert(shape[i] > 0 && (uint64_t)shape[i] <= SIZE_MAX / bytes);
        text_add(&w->tensors, "%s%" PRId64, i ? "," : "", shape[i]);
        bytes *= (size_t)shape[i];
    }
    text_add(&w->tensors, "],\"data_offsets\":[%zu,%zu]}", w->bytes, w->bytes + bytes);
    const uLong crc = tensor_crc(at, bytes);
    text_add(&w->crcs, "%s%08lx", w->n ? " " : "", crc);
    w->crc = (uint32_t)crc32_combine(w->crc, crc, (z_off_t)bytes);
    w->bytes += bytes;
    reserve(w);
    if (!w->failed)
        w->piece[++w->n] = (Piece){ at, bytes };
}

void tensors_add_text(TensorWriter *w, const char *key, const char *value)
{
    text_add(&w->texts, ",");
    json_write_string(&w->texts, key);
    text_add(&w->texts, ":");
    json_write_string(&w->texts, value);
}

void tensors_free(TensorWriter *w)
{
    if (!w)
        return;
    free(w->piece);
    text_free(&w->tensors);
    text_free(&w->texts);
    text_free(&w->crcs);
    *w = (TensorWriter){ 0 };
}

/* ---- header ---------------------------------------------------------------------------------- */

/* Length and padded header. *digits: the offset of the zeros that stand for its own checksum. */
static void add_header(Text *out, const TensorWriter *w, size_t *digits)
{
    text_add_bytes(out, (const char[LENGTH_BYTES]){ 0 }, LENGTH_BYTES);
    text_add(out, "{\"__metadata__\":{\"format\":\"pt\",\"crc32\":\"%08" PRIx32 "\",", w->crc);
    text_add(out, "\"tensor_crc32\":\"%s\",\"header_crc32\":\"", w->crcs.at ? w->crcs.at : "");
    *digits = out->used;
    text_add(out, "00000000\"%s}", w->texts.at ? w->texts.at : "");
    text_add(out, "%s}", w->tensors.at ? w->tensors.at : "");
    while (out->used % ALIGNMENT != 0 && !out->failed)
        text_add(out, " ");
    if (out->failed)
        return;
    const uint64_t length = out->used - LENGTH_BYTES;
    for (int i = 0; i < LENGTH_BYTES; i++)
        out->at[i] = (char)(unsigned char)(length >> (8 * i));
}

static void sign_header(Text *out, size_t digits)
{
    const uLong crc = crc32_z(0, (const Bytef *)out->at, out->used);
    char hex[CRC_DIGITS + 1];
    snprintf(hex, sizeof hex, "%08lx", crc);
    memcpy(out->at + digits, hex, CRC_DIGITS);
}

/* A file that our reader would refuse must never replace a good one. */
static Status check_header(const Text *out, const char *path, Error *e)
{
    const size_t length = out->used - LENGTH_BYTES;
    if (length > TENSORS_HEADER_MAX)
        return fail(e, GT_EINTERNAL,
                    "%s: not written: its header would have %zu bytes, more than %d", path, length,
                    TENSORS_HEADER_MAX);
    JsonError error;
    const Status s = json_check(out->at + LENGTH_BYTES, length, &error);
    if (s == GT_OK)
        return GT_OK;
    return fail(e, s == GT_ERESOURCE ? s : GT_EINTERNAL,
                "%s: not written: invalid header at column %d: %s", path, error.column, error.what);
}

static Status write_file(TensorWriter *w, Text *header, const char *path, Error *e)
{
    size_t digits = 0;
    add_header(header, w, &digits);
    reserve(w);
    if (w->failed || w->tensors.failed || w->texts.failed || w->crcs.failed || header->failed)
        return fail(e, GT_ERESOURCE, "%s: not written: not enough memory for its header", path);
    TRY(check_header(header, path, e));
    sign_header(header, digits);
    w->piece[0] = (Piece){ header->at, header->used };
    return durable_write_pieces(path, w->piece, w->n + 1, e);
}

Status tensors_save(TensorWriter *w, const char *path, Error *e)
{
    Text header = { 0 };
    const Status s = write_file(w, &header, path, e);
    text_free(&header);
    return s;
}
