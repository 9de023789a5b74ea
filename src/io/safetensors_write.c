/* Writing safetensors: length, header and data, handed to durable_write in pieces.
 *
 * The bytes depend on the arguments alone: members in the order they were added, no time, no
 * random name. The header is padded with spaces so that the data begin at a multiple of 64, which
 * suits a reader that maps the file. */
#include "gantrain/io/safetensors.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "gantrain/base/text.h"
#include "gantrain/io/durable.h"
#include "gantrain/math/parallel.h"

enum { LENGTH_BYTES = 8, ALIGNMENT = 64, CRC_DIGITS = 8, FIRST_ROOM = 16 };

/* ---- collecting ------------------------------------------------------------------------------- */

/* `at` with room for one element more than the `n` it has, or NULL (then `at` is still the old). */
static void *with_room(void *at, int n, int *room, size_t size)
{
    if (n < *room)
        return at;
    const int more = *room ? 2 * *room : FIRST_ROOM;
    void *grown = realloc(at, (size_t)more * size);
    if (grown)
        *room = more;
    return grown;
}

void tensors_begin(TensorWriter *w)
{
    *w = (TensorWriter){ 0 };
}

void tensors_add(TensorWriter *w, const char *name, TensorType type, int rank, const int64_t *shape,
                 const void *at)
{
    assert(strlen(name) < TENSOR_NAME && rank >= 0 && rank <= TENSOR_RANK && w->n < TENSORS_MAX);
    Tensor *grown = with_room(w->tensor, w->n, &w->room, sizeof w->tensor[0]);
    if (!grown) {
        w->failed = true;
        return;
    }
    w->tensor = grown;
    Tensor *t = &w->tensor[w->n++];
    *t = (Tensor){ .type = type, .rank = rank, .at = at, .bytes = tensor_type_bytes(type) };
    strcpy(t->name, name);
    for (int i = 0; i < rank; i++) {
        assert(shape[i] > 0 && (uint64_t)shape[i] <= SIZE_MAX / t->bytes);
        t->shape[i] = shape[i];
        t->bytes *= (size_t)shape[i];
    }
}

void tensors_add_text(TensorWriter *w, const char *key, const char *value)
{
    void *grown = with_room(w->text, w->n_text, &w->text_room, sizeof w->text[0]);
    if (grown)
        w->text = grown;
    char *own_key = grown ? strdup(key) : NULL, *own_value = grown ? strdup(value) : NULL;
    if (!own_key || !own_value) {
        free(own_key);
        free(own_value);
        w->failed = true;
        return;
    }
    w->text[w->n_text].key = own_key;
    w->text[w->n_text].value = own_value;
    w->n_text++;
}

void tensors_free(TensorWriter *w)
{
    if (!w)
        return;
    for (int i = 0; i < w->n_text; i++) {
        free(w->text[i].key);
        free(w->text[i].value);
    }
    free(w->text);
    free(w->tensor);
    *w = (TensorWriter){ 0 };
}

/* ---- header ----------------------------------------------------------------------------------- */

/* A tensor in parts for the threads; the checksum of the whole follows from those of the parts. */
enum { CRC_PARTS = 64 };

typedef struct Checked {
    const unsigned char *at;
    size_t bytes;
    uLong crc[CRC_PARTS];
} Checked;

static size_t part_begin(const Checked *c, int i)
{
    return c->bytes / CRC_PARTS * (size_t)i + (i == CRC_PARTS ? c->bytes % CRC_PARTS : 0);
}

static void check_part(void *args, int i)
{
    Checked *c = args;
    const size_t begin = part_begin(c, i);
    c->crc[i] = crc32_z(0, c->at + begin, part_begin(c, i + 1) - begin);
}

static uLong tensor_crc(const Tensor *t)
{
    Checked c = { .at = t->at, .bytes = t->bytes };
    uLong crc = crc32_z(0, NULL, 0);
    parallel_for(CRC_PARTS, check_part, &c);
    for (int i = 0; i < CRC_PARTS; i++)
        crc = crc32_combine(crc, c.crc[i], (z_off_t)(part_begin(&c, i + 1) - part_begin(&c, i)));
    return crc;
}

/* Of all data, and of every tensor by itself, which tells where the damage is. */
static void add_checksums(Text *out, const TensorWriter *w)
{
    Text each = { 0 };
    uLong all = crc32_z(0, NULL, 0);
    for (int i = 0; i < w->n; i++) {
        const uLong crc = tensor_crc(&w->tensor[i]);
        text_add(&each, "%s%08lx", i ? " " : "", crc);
        all = crc32_combine(all, crc, (z_off_t)w->tensor[i].bytes);
    }
    text_add(out, "\"crc32\":\"%08lx\",\"tensor_crc32\":\"%s\"", all, each.at ? each.at : "");
    out->failed = out->failed || each.failed;
    text_free(&each);
}

/* The header's own checksum is not known yet: *digits tells where its zeros stand. */
static void add_metadata(Text *out, const TensorWriter *w, size_t *digits)
{
    text_add(out, "\"__metadata__\":{\"format\":\"pt\",");
    add_checksums(out, w);
    text_add(out, ",\"header_crc32\":\"");
    *digits = out->used;
    text_add(out, "00000000\"");
    for (int i = 0; i < w->n_text; i++) {
        text_add(out, ",");
        json_write_string(out, w->text[i].key);
        text_add(out, ":");
        json_write_string(out, w->text[i].value);
    }
    text_add(out, "}");
}

static void add_tensor(Text *out, const Tensor *t, size_t begin)
{
    text_add(out, ",");
    json_write_string(out, t->name);
    text_add(out, ":{\"dtype\":\"%s\",\"shape\":[", tensor_type_name(t->type));
    for (int i = 0; i < t->rank; i++)
        text_add(out, "%s%" PRId64, i ? "," : "", t->shape[i]);
    text_add(out, "],\"data_offsets\":[%zu,%zu]}", begin, begin + t->bytes);
}

/* Length and header with its padding; the digits of its checksum are still zeros. */
static void add_header(Text *out, const TensorWriter *w, size_t *digits)
{
    text_add_bytes(out, (const char[LENGTH_BYTES]){ 0 }, LENGTH_BYTES);
    text_add(out, "{");
    add_metadata(out, w, digits);
    size_t offset = 0;
    for (int i = 0; i < w->n; i++) {
        add_tensor(out, &w->tensor[i], offset);
        offset += w->tensor[i].bytes;
    }
    text_add(out, "}");
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

/* A header that our own reader refuses must never replace a good file. */
static Status check_header(const Text *out, const char *path, Error *e)
{
    const size_t length = out->used - LENGTH_BYTES;
    if (length > TENSORS_HEADER_MAX)
        return fail(e, GT_EINTERNAL, "%s: not written: its header would take %zu bytes, above %d",
                    path, length, TENSORS_HEADER_MAX);
    JsonError mistake;
    size_t n = 0;
    const Status s = json_check(out->at + LENGTH_BYTES, length, NULL, 0, &n, &mistake);
    if (s == GT_OK)
        return GT_OK;
    return fail(e, s == GT_ERESOURCE ? s : GT_EINTERNAL,
                "%s: not written: its header would be wrong at column %d: %s", path, mistake.column,
                mistake.what);
}

/* ---- saving ----------------------------------------------------------------------------------- */

/* The finished length and header, the checksum included. */
static Status finish_header(Text *out, const TensorWriter *w, const char *path, Error *e)
{
    size_t digits = 0;
    add_header(out, w, &digits);
    if (out->failed || w->failed)
        return fail(e, GT_ERESOURCE, "%s: not written: no memory for its header", path);
    TRY(check_header(out, path, e));
    sign_header(out, digits);
    return GT_OK;
}

static Status write_file(const Text *header, const TensorWriter *w, const char *path, Error *e)
{
    Piece *piece = malloc(((size_t)w->n + 1) * sizeof *piece);
    if (!piece)
        return fail(e, GT_ERESOURCE, "%s: not written: no memory for a list of %d tensors", path,
                    w->n);
    piece[0] = (Piece){ header->at, header->used };
    for (int i = 0; i < w->n; i++)
        piece[i + 1] = (Piece){ w->tensor[i].at, w->tensor[i].bytes };
    const Status s = durable_write_pieces(path, piece, w->n + 1, e);
    free(piece);
    return s;
}

Status tensors_save(TensorWriter *w, const char *path, Error *e)
{
    Text header = { 0 };
    Status s = finish_header(&header, w, path, e);
    if (s == GT_OK)
        s = write_file(&header, w, path, e);
    text_free(&header);
    return s;
}
