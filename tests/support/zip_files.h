/* Zip archives made in memory. */
#ifndef GANTRAIN_TESTS_ZIP_FILES_H
#define GANTRAIN_TESTS_ZIP_FILES_H

#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "gantrain/base/text.h"

typedef struct ZipMaker {
    Text file, directory;
    unsigned n;
} ZipMaker;

static inline void zip_put(Text *t, unsigned long x, int bytes)
{
    for (int i = 0; i < bytes; i++, x >>= 8)
        text_add_bytes(t, &(char){ (char)(x & 0xff) }, 1);
}

typedef struct ZipHow {
    unsigned method;     /* 0 or 8: what is done, and what the headers say */
    unsigned flags;      /* bit 0: encrypted, bit 3: a data descriptor     */
    unsigned long size;  /* what the headers say; 0: the truth             */
    unsigned long wrong; /* added to the CRC                               */
    bool wide;           /* zip64 sizes and offset                         */
} ZipHow;

/* Version, flags, method, time, CRC, sizes, length of the name and of the extra field. */
static inline void zip_put_facts(Text *t, const ZipHow *how, unsigned long crc,
                                 unsigned long packed, unsigned long size, size_t name,
                                 unsigned extra)
{
    zip_put(t, 20, 2);
    zip_put(t, how->flags, 2);
    zip_put(t, how->method, 2);
    zip_put(t, 0, 4);
    zip_put(t, crc, 4);
    zip_put(t, how->wide ? 0xffffffff : packed, 4);
    zip_put(t, how->wide ? 0xffffffff : size, 4);
    zip_put(t, name, 2);
    zip_put(t, extra, 2);
}

static inline void zip_add(ZipMaker *z, const char *name, const void *at, size_t n, ZipHow how)
{
    const unsigned long offset = z->file.used, size = how.size ? how.size : n;
    const unsigned long crc = crc32(0, at, (uInt)n) + how.wrong;
    uLongf packed = compressBound(n) + 16;
    uint8_t *to = malloc(packed);
    z_stream s = { 0 };
    deflateInit2(&s, 6, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
    s.next_in = (Bytef *)(uintptr_t)at;
    s.avail_in = (uInt)n;
    s.next_out = to;
    s.avail_out = (uInt)packed;
    deflate(&s, Z_FINISH);
    packed = how.method == 8 ? s.total_out : n;
    deflateEnd(&s);
    ZipHow local = how;
    local.wide = false;
    const bool later = how.flags & 8;
    zip_put(&z->file, 0x04034b50, 4);
    zip_put_facts(&z->file, &local, later ? 0 : crc, later ? 0 : packed, later ? 0 : size,
                  strlen(name), 0);
    text_add_bytes(&z->file, name, strlen(name));
    text_add_bytes(&z->file, how.method == 8 ? to : at, packed);
    free(to);
    zip_put(&z->directory, 0x02014b50, 4);
    zip_put(&z->directory, 20, 2);
    zip_put_facts(&z->directory, &how, crc, packed, size, strlen(name), how.wide ? 28 : 0);
    zip_put(&z->directory, 0, 2 + 2 + 2 + 4);
    zip_put(&z->directory, how.wide ? 0xffffffff : offset, 4);
    text_add_bytes(&z->directory, name, strlen(name));
    if (how.wide) {
        zip_put(&z->directory, 1, 2);
        zip_put(&z->directory, 24, 2);
        zip_put(&z->directory, size, 8);
        zip_put(&z->directory, packed, 8);
        zip_put(&z->directory, offset, 8);
    }
    z->n++;
}

/* The archive; the caller frees it with text_free. */
static inline Text zip_finish(ZipMaker *z, bool wide, const char *comment)
{
    const unsigned long at = z->file.used, size = z->directory.used;
    text_add_bytes(&z->file, z->directory.at, size);
    if (wide) {
        const unsigned long end = z->file.used;
        zip_put(&z->file, 0x06064b50, 4);
        zip_put(&z->file, 44, 8);
        zip_put(&z->file, 45, 2);
        zip_put(&z->file, 45, 2);
        zip_put(&z->file, 0, 8);
        zip_put(&z->file, z->n, 8);
        zip_put(&z->file, z->n, 8);
        zip_put(&z->file, size, 8);
        zip_put(&z->file, at, 8);
        zip_put(&z->file, 0x07064b50, 4);
        zip_put(&z->file, 0, 4);
        zip_put(&z->file, end, 8);
        zip_put(&z->file, 1, 4);
    }
    zip_put(&z->file, 0x06054b50, 4);
    zip_put(&z->file, 0, 4);
    zip_put(&z->file, wide ? 0xffff : z->n, 2);
    zip_put(&z->file, wide ? 0xffff : z->n, 2);
    zip_put(&z->file, wide ? 0xffffffff : size, 4);
    zip_put(&z->file, wide ? 0xffffffff : at, 4);
    zip_put(&z->file, strlen(comment), 2);
    text_add_bytes(&z->file, comment, strlen(comment));
    text_free(&z->directory);
    return z->file;
}

#endif
