/* A file of the cache: the head below, labels, pixels; a CRC over all of it. The sizes in the head
 * are checked against the size of the file before memory is taken. */
#include "picture_cache.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "gantrain/base/file.h"
#include "gantrain/base/hash.h"
#include "gantrain/base/log.h"
#include "gantrain/io/cache.h"
#include "gantrain/io/durable.h"
#include "gantrain/io/image.h"

/* Counted up when other pixels come out of the same files. */
enum { DECODER_VERSION = 1, STEP = 1 << 30 /* of one read */ };

static const Log warnings = { false };

typedef struct Head {
    char magic[8];
    uint64_t content;
    int32_t n, c, h, w, skipped;
    uint32_t crc; /* of everything, this field taken as 0 */
    char first_skipped[GT_ERROR_TEXT];
} Head;

static const char magic[8] = "GTIMAGE1";

/* ---- keys ------------------------------------------------------------------------------------ */

static uint64_t hash_int(uint64_t h, int x)
{
    return hash_update(h, &x, sizeof x);
}

PictureKey picture_cache_key(const PictureList *l, const PictureOptions *o)
{
    char *path = realpath(l->path, NULL);
    const char *name = path ? path : l->path;
    uint64_t h = hash_update(HASH_INIT, name, strlen(name) + 1);
    free(path);
    h = hash_int(h, o->size);
    h = hash_int(h, o->channels);
    h = hash_int(h, o->background);
    h = hash_int(h, o->skip);
    const uint64_t files[3] = { h, picture_list_key(l), DECODER_VERSION };
    return (PictureKey){ h, hash_update(HASH_INIT, files, sizeof files) };
}

static const char *file_name(PictureKey key, char out[CACHE_NAME])
{
    snprintf(out, CACHE_NAME, "images-%016" PRIx64 ".bin", key.place);
    return out;
}

/* ---- reading --------------------------------------------------------------------------------- */

static bool read_exactly(int fd, void *to, size_t n)
{
    for (size_t done = 0; done < n;) {
        const size_t step = n - done < STEP ? n - done : STEP;
        const ssize_t got = read(fd, (char *)to + done, step);
        if (got <= 0 && !(got < 0 && errno == EINTR))
            return false;
        done += got > 0 ? (size_t)got : 0;
    }
    return true;
}

static uint32_t checksum(const Head *head, const Pictures *p)
{
    Head h = *head;
    h.crc = 0;
    uLong crc = crc32_z(0, (const Bytef *)&h, sizeof h);
    crc = crc32_z(crc, p->label, (size_t)p->n);
    return (uint32_t)crc32_z(crc, p->pixels, p->bytes);
}

/* Whether the sizes are possible, and those of this file. */
static bool take_sizes(Pictures *p, const Head *h, uint64_t file_bytes)
{
    if (h->n < 1 || h->skipped < 0 || (h->c != 1 && h->c != 3) || h->h < 1 || h->w < 1 ||
        h->h > IMAGE_MAX_SIDE || h->w > IMAGE_MAX_SIDE)
        return false;
    const uint64_t one = (uint64_t)h->c * (uint64_t)h->h * (uint64_t)h->w;
    if (sizeof *h + (uint64_t)h->n * (one + 1) != file_bytes)
        return false;
    *p = (Pictures){ .shape = { h->c, h->h, h->w }, .n = h->n, .skipped = h->skipped };
    p->bytes = (size_t)h->n * (size_t)one;
    snprintf(p->first_skipped, sizeof p->first_skipped, "%.*s", (int)sizeof h->first_skipped - 1,
             h->first_skipped);
    return true;
}

typedef enum Found { FOUND, OUTDATED, DAMAGED, NO_MEMORY } Found;

static Found read_file(Pictures *p, int fd, uint64_t bytes, uint64_t content)
{
    Head h;
    if (bytes < sizeof h || !read_exactly(fd, &h, sizeof h) || memcmp(h.magic, magic, 8) != 0)
        return DAMAGED;
    if (h.content != content)
        return OUTDATED;
    if (!take_sizes(p, &h, bytes))
        return DAMAGED;
    p->label = malloc((size_t)p->n);
    p->pixels = malloc(p->bytes);
    if (!p->label || !p->pixels)
        return NO_MEMORY;
    return read_exactly(fd, p->label, (size_t)p->n) && read_exactly(fd, p->pixels, p->bytes) &&
                   checksum(&h, p) == h.crc
               ? FOUND
               : DAMAGED;
}

bool picture_cache_read(Pictures *p, PictureKey key)
{
    char name[CACHE_NAME], path[CACHE_PATH];
    Error e = { 0 };
    uint64_t bytes;
    int fd;
    *p = (Pictures){ 0 };
    if (!cache_path(path, file_name(key, name)) || !file_exists(path))
        return false;
    if (file_open(&fd, &bytes, path, GT_EDATA, &e) != GT_OK) {
        log_warning(&warnings, "%s; decoding the pictures again", e.text[0]);
        return false;
    }
    const Found found = read_file(p, fd, bytes, key.content);
    (void)close(fd); /* read only: nothing can be lost */
    if (found == DAMAGED)
        log_warning(&warnings, "%s: damaged; decoding the pictures again", path);
    if (found != FOUND)
        pictures_free(p);
    return found == FOUND;
}

/* ---- writing --------------------------------------------------------------------------------- */

void picture_cache_write(const Pictures *p, PictureKey key)
{
    char name[CACHE_NAME], path[CACHE_PATH];
    Error e = { 0 };
    Head h = { .content = key.content, .n = p->n, .skipped = p->skipped };
    memcpy(h.magic, magic, sizeof magic);
    memcpy(h.first_skipped, p->first_skipped, sizeof h.first_skipped);
    h.c = p->shape.c;
    h.h = p->shape.h;
    h.w = p->shape.w;
    h.crc = checksum(&h, p);
    const Piece pieces[] = { { &h, sizeof h },
                             { p->label, (size_t)p->n },
                             { p->pixels, p->bytes } };
    if (cache_create(path, file_name(key, name), &e) == GT_OK)
        durable_write_pieces(path, pieces, 3, &e);
    if (e.code != GT_OK)
        log_warning(&warnings, "%s; the next command will decode the pictures again", e.text[0]);
}
