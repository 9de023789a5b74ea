/* Formats by their magic numbers, and text formats by their first character. */
#include "gantrain/base/signature.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

typedef struct Magic {
    size_t offset;
    size_t length;
    const char *bytes;
    Signature is;
} Magic;

#define AT(offset, bytes, name, remedy)                                                            \
    {                                                                                              \
        offset, sizeof(bytes) - 1, bytes,                                                          \
        {                                                                                          \
            name, remedy                                                                           \
        }                                                                                          \
    }

static const Magic magics[] = {
    AT(0, "\x89PNG", "a PNG picture", NULL),
    AT(0, "\xff\xd8\xff", "a JPEG picture", NULL),
    AT(0, "GIF8", "a GIF picture", NULL),
    AT(8, "WEBPVP8", "a WebP picture", NULL),
    AT(0, "PK\x03\x04", "a zip archive", "unzip it first"),
    AT(0, "\xfd\x37zXZ", "packed with xz", "unpack it first (unxz)"),
    AT(0, "\x28\xb5\x2f\xfd", "packed with zstd", "unpack it first (unzstd)"),
    AT(0, "BZh", "packed with bzip2", "unpack it first (bunzip2)"),
    AT(0, "7z\xbc\xaf", "a 7z archive", "unpack it first"),
    AT(0, "\x1f\x8b", "packed with gzip", "unpack it first (gunzip)"),
    AT(257, "ustar", "a tar archive", "unpack it first (tar -xf)"),
    AT(0, "\x93NUMPY", "a NumPy file", NULL),
    AT(0, "\x89HDF\r\n", "an HDF5 file", NULL),
    AT(0, "\x80\x02", "a Python pickle", NULL),
    AT(0, "\x80\x04", "a Python pickle", NULL),
    AT(0, "\x80\x05", "a Python pickle", NULL),
    AT(0, "version https://git-lfs", "a Git LFS pointer", "fetch the file itself (git lfs pull)"),
    AT(8, "{\"", "a safetensors file", NULL), /* after the length of its header */
};

static const Signature idx = { "an IDX file", NULL };
static const Signature html = { "an HTML page", "the download went wrong, fetch it again" };
static const Signature json = { "a JSON file", NULL };

static bool is_idx(const unsigned char *at, size_t n)
{
    return n >= 4 && at[0] == 0 && at[1] == 0 && at[2] >= 0x08 && at[2] <= 0x0e && at[3] >= 1 &&
           at[3] <= 8;
}

const Signature *signature_find(const unsigned char *at, size_t n)
{
    size_t first = 0;
    while (first < n && isspace(at[first]))
        first++;
    if (first < n && (at[first] == '<' || at[first] == '{') && !memchr(at, '\0', n))
        return at[first] == '<' ? &html : &json;
    if (is_idx(at, n))
        return &idx;
    for (size_t i = 0; i < sizeof magics / sizeof *magics; i++) {
        const Magic *m = &magics[i];
        if (m->offset + m->length <= n && memcmp(at + m->offset, m->bytes, m->length) == 0)
            return &m->is;
    }
    return NULL;
}

const char *signature_name(const unsigned char *at, size_t n)
{
    const Signature *s = signature_find(at, n);
    return s ? s->name : NULL;
}
