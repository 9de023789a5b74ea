#include "gantrain/io/zip_stream.h"

#include <stdlib.h>
#include <zlib.h>

enum {
    INPUT = 1 << 16,
    STEP = 1 << 30 /* of output: zlib counts in unsigned int */
};

static Status start_unpacking(ZipStream *s, Error *e)
{
    s->input = malloc(INPUT);
    s->inflate = calloc(1, sizeof *s->inflate);
    if (s->input && s->inflate && inflateInit2(s->inflate, -MAX_WBITS) == Z_OK)
        return GT_OK;
    free(s->inflate); /* not initialised: inflateEnd must not see it */
    s->inflate = NULL;
    return fail(e, GT_ERESOURCE, "no memory to unpack it");
}

Status zip_stream_open(ZipStream *s, const Zip *z, int i, Error *e)
{
    *s = (ZipStream){ .zip = z, .entry = &z->entry[i] };
    TRY(zip_locate(z, i, &s->from, e));
    const Status status = s->entry->method ? start_unpacking(s, e) : GT_OK;
    if (status != GT_OK)
        zip_stream_close(s);
    return status;
}

/* Up to `want` of the bytes in the archive. */
static Status read_packed(ZipStream *s, void *out, size_t want, size_t *got, Error *e)
{
    const uint64_t left = s->entry->packed - s->packed;
    *got = left < want ? (size_t)left : want;
    TRY(zip_read_at(s->zip, s->from + s->packed, out, *got, e));
    s->packed += *got;
    return GT_OK;
}

static Status unpack(ZipStream *s, unsigned char *out, size_t want, size_t *got, Error *e)
{
    z_stream *z = s->inflate;
    *got = 0;
    while (*got < want && !s->ended) {
        if (z->avail_in == 0) {
            size_t n = 0;
            TRY(read_packed(s, s->input, INPUT, &n, e));
            z->next_in = s->input;
            z->avail_in = (uInt)n;
        }
        const size_t step = want - *got < STEP ? want - *got : STEP;
        z->next_out = out + *got;
        z->avail_out = (uInt)step;
        const int code = inflate(z, Z_NO_FLUSH); /* no input left: Z_BUF_ERROR, no progress */
        *got += step - z->avail_out;
        s->ended = code == Z_STREAM_END;
        if (code == Z_MEM_ERROR)
            return fail(e, GT_ERESOURCE, "no memory to unpack it");
        if (code != Z_OK && code != Z_STREAM_END)
            return fail(e, s->zip->code, "is damaged: it does not unpack");
    }
    return GT_OK;
}

Status zip_stream_read(ZipStream *s, void *out, size_t want, size_t *got, Error *e)
{
    TRY(s->inflate ? unpack(s, out, want, got, e) : read_packed(s, out, want, got, e));
    s->crc = (uint32_t)crc32_z(s->crc, out, *got);
    s->done += *got;
    if (s->done > s->entry->size || (*got < want && s->done < s->entry->size))
        return fail(e, s->zip->code, "is damaged: it unpacks to another size than it announces");
    if (*got < want && s->crc != s->entry->crc)
        return fail(e, s->zip->code, "is damaged: its checksum is wrong");
    return GT_OK;
}

Status zip_stream_rewind(ZipStream *s, Error *e)
{
    s->packed = s->done = 0;
    s->crc = 0;
    s->ended = false;
    if (!s->inflate)
        return GT_OK;
    s->inflate->avail_in = 0;
    return inflateReset(s->inflate) == Z_OK ? GT_OK
                                            : fail(e, GT_ERESOURCE, "no memory to unpack it");
}

void zip_stream_close(ZipStream *s)
{
    if (s->inflate)
        inflateEnd(s->inflate);
    free(s->inflate);
    free(s->input);
    *s = (ZipStream){ 0 };
}
