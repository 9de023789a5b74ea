/* Reading safetensors. Nothing of the header is used before it is checked; offsets are parsed as
 * integers of their text, because a double would round above 2^53. */
#include "safetensors_scan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/signature.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "tensors are stored little-endian");

/* ---- header ---------------------------------------------------------------------------------- */

static uint64_t little_endian(const unsigned char *b)
{
    uint64_t x = 0;
    for (int i = LENGTH_BYTES - 1; i >= 0; i--)
        x = x << 8 | b[i];
    return x;
}

/* Another format that is known, such as a zip archive. */
static Status check_format(const Scan *s, const Bytes *file, Error *e)
{
    const size_t n = file->size < SIGNATURE_BYTES ? file->size : SIGNATURE_BYTES;
    const char *name = signature_name(file->at, n);
    if (!name || (file->size > LENGTH_BYTES && file->at[LENGTH_BYTES] == '{'))
        return GT_OK;
    return fail(e, GT_ECHECKPOINT,
                "%s: not a safetensors file: this is %s: expected a checkpoint of gantrain, or "
                "tensors as safetensors.torch.save_file writes them",
                s->path, name);
}

static Status read_length(Scan *s, const Bytes *file, Error *e)
{
    TRY(check_format(s, file, e));
    if (file->size < LENGTH_BYTES)
        return fail(e, GT_ECHECKPOINT, "%s: truncated: %zu bytes, less than the length of a header",
                    s->path, file->size);
    const uint64_t n = little_endian(file->at);
    if (file->size > LENGTH_BYTES && file->at[LENGTH_BYTES] != '{')
        return fail(e, GT_ECHECKPOINT,
                    "%s: not a safetensors file: its header does not begin with '{' at byte %d",
                    s->path, LENGTH_BYTES);
    if (n < 2 || n > TENSORS_HEADER_MAX)
        return fail(e, GT_ECHECKPOINT,
                    "%s: damaged or not a safetensors file: a header of %" PRIu64
                    " bytes, 2 to %d are possible",
                    s->path, n, TENSORS_HEADER_MAX);
    if (n > file->size - LENGTH_BYTES)
        return fail(e, GT_ECHECKPOINT, "%s: truncated: %zu bytes, its header alone has %" PRIu64,
                    s->path, file->size, n);
    s->start = file->at;
    s->header = (size_t)n;
    s->data = file->at + LENGTH_BYTES + s->header;
    s->size = file->size - LENGTH_BYTES - s->header;
    return GT_OK;
}

static Status parse_header(Json *json, const Scan *s, Error *e)
{
    const char *text = (const char *)s->start + LENGTH_BYTES;
    const Status code = json_parse(json, text, s->header, "header", 0, e);
    if (code == GT_OK)
        return GT_OK;
    const Status status = code == GT_ERESOURCE ? code : GT_ECHECKPOINT;
    if (!e)
        return status;
    e->code = status;
    return error_add_prefix(e, s->path);
}

/* ---- one tensor ------------------------------------------------------------------------------ */

/* Parses an integer 0..2^63-1 without sign, point or exponent. */
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
                "%s: tensor \"%s\": dtype \"%s\" is not supported: expected F32, F64, I64 or U8",
                s->path, t->name, v->text);
}

/* Also computes the bytes of the tensor. */
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
            return bad_tensor(s, t, "\"shape\" needs more bytes than the file has", e);
        t->shape[t->rank++] = n;
        t->bytes *= (size_t)n;
    }
    return GT_OK;
}

static Status read_offsets(const Tensor *t, const Value *v, const Scan *s, int64_t offset[2],
                           Error *e)
{
    if (!v || v->kind != VALUE_ARRAY || !v->child || v->child->next != v->last ||
        !integer_of(v->child, &offset[0]) || !integer_of(v->last, &offset[1]))
        return bad_tensor(s, t, "\"data_offsets\" must be two non-negative integers", e);
    if (offset[0] <= offset[1] && (uint64_t)offset[1] <= s->size)
        return GT_OK;
    return fail(e, GT_ECHECKPOINT,
                "%s: tensor \"%s\": data_offsets [%" PRId64 ", %" PRId64
                "] are not within the %zu bytes of data",
                s->path, t->name, offset[0], offset[1], s->size);
}

static Status read_tensor(Tensor *t, const Value *v, const Scan *s, Error *e)
{
    const size_t length = strlen(v->key);
    if (length >= TENSOR_NAME)
        return fail(e, GT_ECHECKPOINT, "%s: a tensor name has %zu bytes: at most %d are possible",
                    s->path, length, TENSOR_NAME - 1);
    memcpy(t->name, v->key, length + 1);
    if (v->kind != VALUE_OBJECT)
        return bad_tensor(s, t, "must be an object", e);
    int n = 0;
    for (const Value *member = v->child; member; member = member->next)
        n++;
    if (n != 3) /* with the reads below: exactly these members */
        return bad_tensor(s, t, "must have exactly dtype, shape and data_offsets", e);
    int64_t offset[2] = { 0 };
    TRY(read_offsets(t, value_member(v, "data_offsets"), s, offset, e));
    TRY(read_type(t, value_member(v, "dtype"), s, e));
    TRY(read_shape(t, value_member(v, "shape"), s, e));
    t->at = s->data + offset[0];
    if ((size_t)(offset[1] - offset[0]) == t->bytes)
        return GT_OK;
    return fail(e, GT_ECHECKPOINT,
                "%s: tensor \"%s\": data_offsets span %" PRId64 " bytes, shape and dtype need %zu",
                s->path, t->name, offset[1] - offset[0], t->bytes);
}

/* ---- all tensors ----------------------------------------------------------------------------- */

static int compare_addresses(const void *a, const void *b)
{
    const unsigned char *x = ((const Tensor *)a)->at, *y = ((const Tensor *)b)->at;
    return (x > y) - (x < y);
}

/* Every byte of the data belongs to exactly one tensor. */
static Status check_chain(TensorFile *f, const Scan *s, Error *e)
{
    if (f->n > 0)
        qsort(f->tensor, (size_t)f->n, sizeof f->tensor[0], compare_addresses);
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
                    "%s: trailing bytes: %zu bytes of data, the tensors take %zu", s->path, s->size,
                    covered);
    return GT_OK;
}

/* Reports a truncated file as a whole before a single tensor fails. */
static Status check_length(const TensorFile *f, const Scan *s, Error *e)
{
    int64_t promised = 0, end = 0;
    for (const Value *v = f->header.root->child; v; v = v->next) {
        const Value *offsets = value_member(v, "data_offsets");
        if (offsets && offsets->kind == VALUE_ARRAY && integer_of(offsets->last, &end))
            promised = end > promised ? end : promised;
    }
    if ((uint64_t)promised <= s->size)
        return GT_OK;
    const uint64_t head = LENGTH_BYTES + s->header;
    return fail(e, GT_ECHECKPOINT, "%s: truncated: %" PRIu64 " of %" PRIu64 " bytes", s->path,
                head + s->size, head + (uint64_t)promised);
}

static Status read_tensors(TensorFile *f, const Scan *s, Error *e)
{
    int n = 0;
    for (const Value *v = f->header.root->child; v; v = v->next)
        n++;
    if (n > TENSORS_MAX + 1) /* + 1: the metadata */
        return fail(e, GT_ECHECKPOINT, "%s: %d tensors: at most %d are possible", s->path, n,
                    TENSORS_MAX);
    f->tensor = calloc((size_t)n + 1, sizeof f->tensor[0]);
    if (!f->tensor)
        return fail(e, GT_ERESOURCE, "%s: not enough memory for a list of %d tensors", s->path, n);
    TRY(check_length(f, s, e));
    for (const Value *v = f->header.root->child; v; v = v->next)
        if (v != f->metadata)
            TRY(read_tensor(&f->tensor[f->n++], v, s, e));
    return check_chain(f, s, e);
}

static Status read_metadata(TensorFile *f, const Scan *s, Error *e)
{
    const Value *v = value_member(f->header.root, "__metadata__");
    if (v && v->kind != VALUE_OBJECT)
        return fail(e, GT_ECHECKPOINT, "%s: __metadata__ must be an object", s->path);
    for (const Value *m = v ? v->child : NULL; m; m = m->next)
        if (m->kind != VALUE_STRING)
            return fail(e, GT_ECHECKPOINT, "%s: __metadata__: \"%s\" must be a string, not %s",
                        s->path, m->key, value_kind_name(m->kind));
    f->metadata = v;
    return GT_OK;
}

/* ---- opening --------------------------------------------------------------------------------- */

static Status read_file(TensorFile *f, const char *path, char *edited, Error *e)
{
    Scan s = { .path = path, .edited = edited };
    TRY(file_read(&f->file, path, SIZE_MAX / 4, GT_ECHECKPOINT, e));
    TRY(read_length(&s, &f->file, e));
    TRY(parse_header(&f->header, &s, e));
    TRY(read_metadata(f, &s, e));
    TRY(tensors_check_header_crc(f, &s, e));
    TRY(read_tensors(f, &s, e));
    return tensors_check_data_crc(f, &s, e);
}

static Status open_file(TensorFile *f, const char *path, bool accept_edits, Error *e)
{
    *f = (TensorFile){ 0 };
    const Status s = read_file(f, path, accept_edits ? f->edited : NULL, e);
    if (s != GT_OK)
        tensors_close(f);
    return s;
}

Status tensors_open(TensorFile *f, const char *path, Error *e)
{
    return open_file(f, path, false, e);
}

Status tensors_open_edited(TensorFile *f, const char *path, Error *e)
{
    return open_file(f, path, true, e);
}

void tensors_close(TensorFile *f)
{
    if (!f)
        return;
    bytes_free(&f->file);
    json_free(&f->header);
    free(f->tensor);
    *f = (TensorFile){ 0 };
}
