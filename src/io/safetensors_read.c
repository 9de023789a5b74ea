/* Reading safetensors: the file is read whole, then every promise in it is compared with its size.
 *
 * Nothing of the header is used before it is checked: its length against the file, its JSON by our
 * strict reader, every offset as an integer of its own text (a double would round above 2^53), and
 * the tensors as one chain from the first byte of the data to the last. Two checksums of our own
 * files then find what is still well-formed: a flipped bit in a weight, a name or the metadata. */
#include "gantrain/io/safetensors.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "tensors are stored as memory holds them");

enum {
    LENGTH_BYTES = 8, /* of the number in front of the header */
    CRC_DIGITS = 8
};

/* ---- header ----------------------------------------------------------------------------------- */

/* What is known of a file while it is checked. */
typedef struct Scan {
    const char *path;
    const unsigned char *start; /* of the file                     */
    const unsigned char *data;  /* first byte behind the header    */
    size_t header;              /* bytes of the header             */
    size_t size;                /* bytes of data                   */
} Scan;

static uint64_t little_endian(const unsigned char *b)
{
    uint64_t x = 0;
    for (int i = LENGTH_BYTES - 1; i >= 0; i--)
        x = x << 8 | b[i];
    return x;
}

static Status read_length(Scan *s, const Bytes *file, Error *e)
{
    if (file->size < LENGTH_BYTES)
        return fail(e, GT_ECHECKPOINT, "%s: %zu bytes: not even the length of a header, truncated",
                    s->path, file->size);
    const uint64_t n = little_endian(file->at);
    if (file->size > LENGTH_BYTES && file->at[LENGTH_BYTES] != '{')
        return fail(e, GT_ECHECKPOINT,
                    "%s: is no safetensors file: its header does not begin with '{' at byte %d",
                    s->path, LENGTH_BYTES);
    if (n > TENSORS_HEADER_MAX)
        return fail(e, GT_ECHECKPOINT,
                    "%s: byte 0: a header of %" PRIu64 " bytes: at most %d are read, damaged or no "
                    "safetensors file",
                    s->path, n, TENSORS_HEADER_MAX);
    if (n > file->size - LENGTH_BYTES)
        return fail(e, GT_ECHECKPOINT,
                    "%s: the file is cut short: %zu bytes, and its header alone has %" PRIu64,
                    s->path, file->size, n);
    s->start = file->at;
    s->header = (size_t)n;
    s->data = file->at + LENGTH_BYTES + s->header;
    s->size = file->size - LENGTH_BYTES - s->header;
    return n >= 2 ? GT_OK
                  : fail(e, GT_ECHECKPOINT, "%s: is no safetensors file: a header of %zu bytes",
                         s->path, s->header);
}

/* The header as a tree; the mistakes of its JSON are those of a damaged file. */
static Status parse_header(Json *json, const Scan *s, Error *e)
{
    const char *text = (const char *)s->start + LENGTH_BYTES;
    const Status code = json_parse(json, text, s->header, "header", 0, e);
    if (code == GT_OK)
        return GT_OK;
    const Status ours = code == GT_ERESOURCE ? code : GT_ECHECKPOINT;
    if (!e)
        return ours;
    e->code = ours;
    return error_add_prefix(e, s->path);
}

/* ---- one tensor ------------------------------------------------------------------------------- */

/* The integer 0..2^63-1 that a number is written as: no sign, point or exponent. */
static bool integer_of(const Value *v, int64_t *x)
{
    *x = 0;
    if (!v || v->kind != VALUE_NUMBER)
        return false;
    for (const char *c = v->text; *c; c++) {
        if (*c < '0' || *c > '9' || *x > (INT64_MAX - (*c - '0')) / 10)
            return false;
        *x = *x * 10 + (*c - '0');
    }
    return true;
}

static Status bad_tensor(const Scan *s, const Tensor *t, const char *what, Error *e)
{
    return fail(e, GT_ECHECKPOINT, "%s: tensor \"%s\": %s", s->path, t->name, what);
}

static bool type_from_name(const char *name, TensorType *type)
{
    for (int i = TENSOR_F32; i <= TENSOR_U8; i++) {
        if (strcmp(tensor_type_name((TensorType)i), name) == 0) {
            *type = (TensorType)i;
            return true;
        }
    }
    return false;
}

static Status read_type(Tensor *t, const Value *v, const Scan *s, Error *e)
{
    if (!v || v->kind != VALUE_STRING)
        return bad_tensor(s, t, "\"dtype\" must be a string", e);
    if (type_from_name(v->text, &t->type))
        return GT_OK;
    return fail(e, GT_ECHECKPOINT,
                "%s: tensor \"%s\": dtype \"%s\" is not read: F32, F64, I64 or U8 expected",
                s->path, t->name, v->text);
}

/* Also the bytes the shape takes, which cannot be more than the data. */
static Status read_shape(Tensor *t, const Value *v, const Scan *s, Error *e)
{
    if (!v || v->kind != VALUE_ARRAY)
        return bad_tensor(s, t, "\"shape\" must be an array", e);
    t->bytes = tensor_type_bytes(t->type);
    for (const Value *side = v->child; side; side = side->next) {
        if (t->rank == TENSOR_RANK)
            return bad_tensor(s, t, "\"shape\" has more than 8 dimensions", e);
        int64_t n = 0;
        if (!integer_of(side, &n) || n == 0)
            return bad_tensor(s, t, "\"shape\" must hold positive integers", e);
        if ((uint64_t)n > s->size / t->bytes)
            return bad_tensor(s, t, "\"shape\" takes more bytes than the file has", e);
        t->shape[t->rank++] = n;
        t->bytes *= (size_t)n;
    }
    return GT_OK;
}

static Status read_offsets(Tensor *t, const Value *v, const Scan *s, Error *e)
{
    int64_t begin = 0, end = 0;
    if (!v || v->kind != VALUE_ARRAY || !v->child || v->child->next != v->last ||
        !integer_of(v->child, &begin) || !integer_of(v->last, &end))
        return bad_tensor(s, t, "\"data_offsets\" must be two integers that are not negative", e);
    if (begin > end || (uint64_t)end > s->size)
        return fail(e, GT_ECHECKPOINT,
                    "%s: tensor \"%s\": data_offsets [%" PRId64 ", %" PRId64
                    "] do not lie in the %zu bytes of data: truncated or damaged",
                    s->path, t->name, begin, end, s->size);
    if ((size_t)(end - begin) != t->bytes)
        return fail(e, GT_ECHECKPOINT,
                    "%s: tensor \"%s\": data_offsets span %" PRId64
                    " bytes, shape and dtype take %zu",
                    s->path, t->name, end - begin, t->bytes);
    t->at = s->data + begin;
    return GT_OK;
}

static Status read_tensor(Tensor *t, const Value *v, const Scan *s, Error *e)
{
    const size_t length = strlen(v->key);
    if (length >= TENSOR_NAME)
        return fail(e, GT_ECHECKPOINT,
                    "%s: the name of a tensor has %zu bytes: at most %d are read", s->path, length,
                    TENSOR_NAME - 1);
    memcpy(t->name, v->key, length + 1);
    if (v->kind != VALUE_OBJECT)
        return bad_tensor(s, t, "must be an object", e);
    int n = 0;
    for (const Value *member = v->child; member; member = member->next)
        n++;
    if (n != 3) /* with the three reads below: exactly these members */
        return bad_tensor(s, t, "must have dtype, shape and data_offsets, nothing else", e);
    TRY(read_type(t, value_member(v, "dtype"), s, e));
    TRY(read_shape(t, value_member(v, "shape"), s, e));
    return read_offsets(t, value_member(v, "data_offsets"), s, e);
}

/* ---- files that are cut short ----------------------------------------------------------------- */

/* The bytes that shape and dtype take; 0: they are none. */
static uint64_t shape_bytes(const Value *tensor)
{
    const Value *dtype = value_member(tensor, "dtype"), *shape = value_member(tensor, "shape");
    TensorType type;
    if (!dtype || dtype->kind != VALUE_STRING || !type_from_name(dtype->text, &type) || !shape ||
        shape->kind != VALUE_ARRAY)
        return 0;
    uint64_t bytes = tensor_type_bytes(type);
    for (const Value *side = shape->child; side; side = side->next) {
        int64_t n = 0;
        if (!integer_of(side, &n) || __builtin_mul_overflow(bytes, (uint64_t)n, &bytes))
            return 0;
    }
    return bytes;
}

/* The bytes of data that a header promises: those of all its tensors, where the last one ends there. 0: the
 * header contradicts itself. */
static uint64_t promised_bytes(const Value *root)
{
    uint64_t sum = 0, last = 0;
    for (const Value *v = root->child; v; v = v->next) {
        if (strcmp(v->key, "__metadata__") == 0)
            continue;
        const Value *place = v->kind == VALUE_OBJECT ? value_member(v, "data_offsets") : NULL;
        const uint64_t bytes = place ? shape_bytes(v) : 0;
        int64_t end = 0;
        if (bytes == 0 || place->kind != VALUE_ARRAY || !integer_of(place->last, &end) ||
            __builtin_add_overflow(sum, bytes, &sum))
            return 0;
        last = (uint64_t)end > last ? (uint64_t)end : last;
    }
    return sum == last ? sum : 0;
}

static Status check_length(const TensorFile *f, const Scan *s, Error *e)
{
    const uint64_t promised = promised_bytes(f->header.root), head = LENGTH_BYTES + s->header;
    if (promised <= s->size) /* else it is an offset, so below 2^63: the sum below does not wrap */
        return GT_OK;
    return fail(e, GT_ECHECKPOINT, "%s: the file is cut short: %" PRIu64 " of %" PRIu64 " bytes",
                s->path, head + s->size, head + promised);
}

/* ---- all tensors ------------------------------------------------------------------------------ */

static int by_place(const void *a, const void *b)
{
    const unsigned char *x = ((const Tensor *)a)->at, *y = ((const Tensor *)b)->at;
    return (x > y) - (x < y);
}

/* Every byte of the data belongs to exactly one tensor. */
static Status check_chain(TensorFile *f, const Scan *s, Error *e)
{
    if (f->n > 0)
        qsort(f->tensor, (size_t)f->n, sizeof f->tensor[0], by_place);
    const unsigned char *next = s->data;
    for (int i = 0; i < f->n; i++) {
        if (f->tensor[i].at != next)
            return bad_tensor(s, &f->tensor[i], "its data leave a gap or overlap another tensor",
                              e);
        next += f->tensor[i].bytes;
    }
    const size_t covered = (size_t)(next - s->data);
    if (covered != s->size)
        return fail(e, GT_ECHECKPOINT,
                    "%s: %zu bytes of data, the tensors take %zu: trailing bytes, damaged", s->path,
                    s->size, covered);
    return GT_OK;
}

static Status read_metadata(TensorFile *f, const Value *v, const Scan *s, Error *e)
{
    if (v->kind != VALUE_OBJECT)
        return fail(e, GT_ECHECKPOINT, "%s: __metadata__ must be an object", s->path);
    for (const Value *m = v->child; m; m = m->next)
        if (m->kind != VALUE_STRING)
            return fail(e, GT_ECHECKPOINT, "%s: __metadata__: \"%s\" must be a string, not %s",
                        s->path, m->key, value_kind_name(m->kind));
    f->metadata = v;
    return GT_OK;
}

static Status read_members(TensorFile *f, const Scan *s, Error *e)
{
    int n = 0;
    for (const Value *v = f->header.root->child; v; v = v->next)
        n++;
    if (n > TENSORS_MAX + 1) /* the metadata are a member, too */
        return fail(e, GT_ECHECKPOINT, "%s: %d tensors: at most %d are read", s->path, n,
                    TENSORS_MAX);
    f->tensor = calloc((size_t)n + 1, sizeof f->tensor[0]);
    if (!f->tensor)
        return fail(e, GT_ERESOURCE, "%s: no memory for its list of %d tensors", s->path, n);
    for (const Value *v = f->header.root->child; v; v = v->next)
        TRY(strcmp(v->key, "__metadata__") == 0 ? read_metadata(f, v, s, e)
                                                : read_tensor(&f->tensor[f->n++], v, s, e));
    return check_chain(f, s, e);
}

/* ---- checksums -------------------------------------------------------------------------------- */

/* The value of eight lower-case hex digits, the only form we write, before `end` ('\0' or ' '). */
static bool crc_of_text(const char *text, char end, uint32_t *crc)
{
    static const char digits[] = "0123456789abcdef";
    *crc = 0;
    if (strspn(text, digits) != CRC_DIGITS || text[CRC_DIGITS] != end)
        return false;
    for (int i = 0; i < CRC_DIGITS; i++)
        *crc = *crc << 4 | (uint32_t)(strchr(digits, text[i]) - digits);
    return true;
}

static Status compare_crc(const Scan *s, const char *what, const char *text, char end,
                          uint32_t found, Error *e)
{
    uint32_t stored = 0;
    if (crc_of_text(text, end, &stored) && stored == found)
        return GT_OK;
    return fail(e, GT_ECHECKPOINT,
                "%s: the checksum of %s is wrong (stored %.8s, found %08" PRIx32 "): damaged",
                s->path, what, text, found);
}

/* The digits of the header's checksum count as zeros in it. Inside a string the quotes of the
 * pattern would be escaped, so the first match is the member itself. */
static uint32_t header_crc(const Scan *s)
{
    static const char pattern[] = "\"header_crc32\":\"";
    const unsigned char *start = s->start;
    const char *found = strstr((const char *)start + LENGTH_BYTES, pattern);
    const size_t all = LENGTH_BYTES + s->header;
    size_t digits = all;
    if (found && found + sizeof pattern + CRC_DIGITS < (const char *)start + all)
        digits = (size_t)(found - (const char *)start) + sizeof pattern - 1;
    uLong crc = crc32_z(0, start, digits);
    if (digits < all) {
        crc = crc32_z(crc, (const Bytef *)"00000000", CRC_DIGITS);
        crc = crc32_z(crc, start + digits + CRC_DIGITS, all - digits - CRC_DIGITS);
    }
    return (uint32_t)crc;
}

/* One after the other, in the order of the data; *all is the checksum of the whole. */
static Status check_each(const TensorFile *f, const Scan *s, const char *list, uLong *all, Error *e)
{
    char what[TENSOR_NAME + 16];
    const size_t expected = f->n ? (size_t)f->n * (CRC_DIGITS + 1) - 1 : 0;
    if (strlen(list) != expected)
        return fail(e, GT_ECHECKPOINT,
                    "%s: \"tensor_crc32\" has %zu bytes, %d tensors take %zu: damaged", s->path,
                    strlen(list), f->n, expected);
    for (int i = 0; i < f->n; i++, list += CRC_DIGITS + 1) {
        const Tensor *t = &f->tensor[i];
        const uLong crc = crc32_z(0, t->at, t->bytes);
        snprintf(what, sizeof what, "tensor \"%s\"", t->name);
        TRY(compare_crc(s, what, list, i + 1 < f->n ? ' ' : '\0', (uint32_t)crc, e));
        *all = crc32_combine(*all, crc, (z_off_t)t->bytes);
    }
    return GT_OK;
}

/* Files of ours have all of them, older ones none of single tensors; a file that has but the first of the two
 * about everything has lost the other. */
static Status check_crcs(const TensorFile *f, const Scan *s, Error *e)
{
    const char *header = tensors_text(f, "header_crc32"), *data = tensors_text(f, "crc32");
    const char *each = tensors_text(f, "tensor_crc32");
    uLong all = crc32_z(0, NULL, 0);
    if (header)
        TRY(compare_crc(s, "the header", header, '\0', header_crc(s), e));
    if (each)
        TRY(check_each(f, s, each, &all, e));
    else if (data)
        all = crc32_z(0, s->data, s->size);
    if (data)
        TRY(compare_crc(s, "the data", data, '\0', (uint32_t)all, e));
    if (data && !header)
        return fail(e, GT_ECHECKPOINT, "%s: has \"crc32\" but no \"header_crc32\": damaged",
                    s->path);
    return GT_OK;
}

/* ---- public ----------------------------------------------------------------------------------- */

static Status read_file(TensorFile *f, const char *path, Error *e)
{
    Scan s = { .path = path };
    TRY(file_read(&f->file, path, SIZE_MAX / 4, GT_ECHECKPOINT, e));
    TRY(read_length(&s, &f->file, e));
    TRY(parse_header(&f->header, &s, e));
    TRY(check_length(f, &s, e));
    TRY(read_members(f, &s, e));
    return check_crcs(f, &s, e);
}

Status tensors_open(TensorFile *f, const char *path, Error *e)
{
    *f = (TensorFile){ 0 };
    const Status s = read_file(f, path, e);
    if (s != GT_OK)
        tensors_close(f);
    return s;
}
