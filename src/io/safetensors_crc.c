/* The checksums of our own safetensors files detect damage that is still well-formed, as a flipped
 * bit in a weight, a name or the metadata, and edits by other programs. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "safetensors_scan.h"

enum { CRC_DIGITS = 8, EDITED = sizeof(((TensorFile *)0)->edited) };

/* Parses eight lower-case hex digits followed by `end`. */
static bool parse_crc(const char *text, char end, uint32_t *crc)
{
    static const char digits[] = "0123456789abcdef";
    *crc = 0;
    if (strspn(text, digits) != CRC_DIGITS || text[CRC_DIGITS] != end)
        return false;
    for (int i = 0; i < CRC_DIGITS; i++)
        *crc = *crc << 4 | (uint32_t)(strchr(digits, text[i]) - digits);
    return true;
}

/* The first mismatch counts. GT_OK where it is no error. */
static Status report(const Scan *s, const char *mismatch, Error *e)
{
    if (!s->edited)
        return fail(e, GT_ECHECKPOINT, "%s: damaged: %s", s->path, mismatch);
    if (!*s->edited)
        snprintf(s->edited, EDITED, "%s", mismatch);
    return GT_OK;
}

static Status wrong_crc(const Scan *s, const char *what, const char *text, uint32_t found, Error *e)
{
    char message[EDITED];
    snprintf(message, sizeof message, "wrong checksum of %s (expected %.8s, found %08" PRIx32 ")",
             what, text, found);
    return report(s, message, e);
}

static bool same_crc(const char *text, char end, uint32_t found)
{
    uint32_t stored = 0;
    return parse_crc(text, end, &stored) && stored == found;
}

static Status compare_crc(const Scan *s, const char *what, const char *text, uint32_t found,
                          Error *e)
{
    return same_crc(text, '\0', found) ? GT_OK : wrong_crc(s, what, text, found, e);
}

/* The checksum counts its own digits as zeros. Inside a string the quotes of the pattern would be
 * escaped, so the first match is the member itself. */
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

/* Checks each tensor; *all becomes the checksum of all data. Each comparison also requires the
 * separator, so that `list` stays within the string. */
static Status check_each(const TensorFile *f, const Scan *s, const char *list, uLong *all, Error *e)
{
    char what[TENSOR_NAME + 16];
    for (int i = 0; i < f->n; i++, list += CRC_DIGITS + 1) {
        const Tensor *t = &f->tensor[i];
        const uLong crc = crc32_z(0, t->at, t->bytes);
        snprintf(what, sizeof what, "tensor \"%s\"", t->name);
        if (!same_crc(list, i + 1 < f->n ? ' ' : '\0', (uint32_t)crc))
            return wrong_crc(s, what, list, (uint32_t)crc, e);
        *all = crc32_combine(*all, crc, (z_off_t)t->bytes);
    }
    return GT_OK;
}

Status tensors_check_header_crc(const TensorFile *f, const Scan *s, Error *e)
{
    const char *header = tensors_text(f, "header_crc32");
    return header ? compare_crc(s, "the header", header, header_crc(s), e) : GT_OK;
}

Status tensors_check_data_crc(const TensorFile *f, const Scan *s, Error *e)
{
    const char *data = tensors_text(f, "crc32"), *each = tensors_text(f, "tensor_crc32");
    uLong all = crc32_z(0, NULL, 0);
    if (each)
        TRY(check_each(f, s, each, &all, e));
    else if (data)
        all = crc32_z(0, s->data, s->size);
    if (data)
        TRY(compare_crc(s, "the data", data, (uint32_t)all, e));
    if (data && !tensors_text(f, "header_crc32"))
        return report(s, "has \"crc32\" but no \"header_crc32\"", e);
    return GT_OK;
}

uint32_t tensors_crc(const TensorFile *f)
{
    return (uint32_t)crc32_z(crc32_z(0, NULL, 0), f->file.at, f->file.size);
}
