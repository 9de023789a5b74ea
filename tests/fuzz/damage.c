/* Whether a reader detects damage to a file: damage KIND FILE [all]
 *
 *   checkpoint      a safetensors checkpoint: any change must be detected
 * images, labels  an IDX file, plain or gzip: no other pixels may be accepted; in a plain file
 * only the
 *                   checksum of the data set, which a resumed run compares, can detect them
 *
 * Flips each bit of the header and one random bit of every 512 bytes after it (all: of every
 * byte), truncates to every length within the header and every 4096th after it (all: every one),
 * appends bytes, and repeats the file. Prints one line of JSON; exit 1 if a damage was missed. */
#include <zlib.h>

#include "fuzz.h"
#include "gantrain/data/idx.h"
#include "gantrain/run/checkpoint.h"

typedef enum Outcome { DETECTED, HARMLESS, BY_CHECKSUM, MISSED } Outcome;

/* The decoded contents of an IDX file. */
typedef struct Content {
    int rank;
    uint32_t at[IDX_RANK_MAX], crc;
} Content;

typedef struct Sweep {
    uint8_t *file; /* [size], room for twice as many */
    size_t size, header;
    size_t bit_step, length_step; /* after the header */
    Outcome (*read)(const struct Sweep *s, size_t n);
    int rank;       /* of an IDX file                */
    bool packed;    /* likewise                      */
    Content intact; /* of the undamaged file         */
    long count[MISSED + 1];
} Sweep;

/* ---- reading one damaged file: the first n bytes --------------------------------------------- */

static Status open_checkpoint(const Sweep *s, size_t n)
{
    static Error e;
    Checkpoint k;
    e.code = GT_OK; /* reset after the previous call */
    e.lines = 0;
    fuzz_set_file(s->file, n);
    const Status status = checkpoint_open(&k, "damaged", &e);
    if (status == GT_OK)
        checkpoint_close(&k);
    return status;
}

/* Every byte of a checkpoint is covered by a checksum, so no damage is harmless. */
static Outcome read_checkpoint(const Sweep *s, size_t n)
{
    return open_checkpoint(s, n) == GT_ECHECKPOINT ? DETECTED : MISSED;
}

static Status open_idx(const Sweep *s, size_t n, Content *c)
{
    static Error e;
    Idx x;
    const Status status = idx_read(&x, fuzz_temp_path(s->file, n), s->rank, &e);
    if (status != GT_OK)
        return status;
    c->rank = x.rank;
    memcpy(c->at, x.extent, sizeof c->at);
    c->crc = (uint32_t)crc32_z(0, x.data, x.bytes);
    idx_free(&x);
    return GT_OK;
}

static Outcome read_damaged_idx(const Sweep *s, size_t n)
{
    Content c;
    const Status status = open_idx(s, n, &c);
    if (status != GT_OK)
        return status == GT_EDATA ? DETECTED : MISSED;
    if (c.rank != s->intact.rank || memcmp(c.at, s->intact.at, sizeof c.at) != 0)
        return MISSED;
    if (c.crc == s->intact.crc)
        return HARMLESS;
    return s->packed ? MISSED : BY_CHECKSUM;
}

/* ---- all kinds of damage --------------------------------------------------------------------- */

static const char *const outcomes[] = { "detected", "harmless", "by_checksum", "missed" };

static void count(Sweep *s, size_t n, const char *what, size_t where, int bit)
{
    const Outcome o = s->read(s, n);
    s->count[o]++;
    if (o == MISSED)
        fprintf(stderr, "damage: missed: %s at %zu, bit %d\n", what, where, bit);
}

static void flip(Sweep *s, size_t at, int bit)
{
    s->file[at] ^= (uint8_t)(1u << bit);
    count(s, s->size, "a flipped bit", at, bit);
    s->file[at] ^= (uint8_t)(1u << bit);
}

/* A random number from an offset: splitmix64's output function [Steele and others 2014]. */
static size_t random_of(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return (size_t)(x ^ x >> 31);
}

static void flip_all(Sweep *s)
{
    for (size_t at = 0; at < s->header; at++)
        for (int bit = 0; bit < 8; bit++)
            flip(s, at, bit);
    for (size_t at = s->header; at < s->size; at += s->bit_step) {
        const size_t room = s->size - at < s->bit_step ? s->size - at : s->bit_step;
        flip(s, at + random_of(2 * at) % room, (int)(random_of(2 * at + 1) % 8));
    }
}

static void truncate_all(Sweep *s)
{
    for (size_t n = 0; n < s->size; n += n < s->header ? 1 : s->length_step)
        count(s, n, "a truncated file", n, 0);
    count(s, s->size - 1, "a truncated file", s->size - 1, 0);
}

static void lengthen(Sweep *s)
{
    static const uint8_t ends[] = { 0, 1, 0x1f, '\n', ' ', '}', 0xff };
    for (size_t i = 0; i < sizeof ends; i++)
        for (size_t more = 1; more <= s->size; more *= 8) {
            memset(s->file + s->size, ends[i], more);
            count(s, s->size + more, "bytes appended", more, ends[i]);
        }
    memcpy(s->file + s->size, s->file, s->size);
    count(s, 2 * s->size, "a repeated file", s->size, 0);
}

/* ---- the program ----------------------------------------------------------------------------- */

static bool load(Sweep *s, const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return false;
    fseek(f, 0, SEEK_END);
    s->size = (size_t)ftell(f);
    rewind(f);
    s->file = calloc(2, s->size + 1);
    const bool whole = s->file && fread(s->file, 1, s->size, f) == s->size;
    fclose(f);
    return whole && s->size > 32;
}

static bool prepare(Sweep *s, const char *kind)
{
    if (strcmp(kind, "checkpoint") == 0) {
        uint64_t length;
        memcpy(&length, s->file, sizeof length);
        s->header = sizeof length + (size_t)length;
        s->read = read_checkpoint;
        return s->header < s->size && open_checkpoint(s, s->size) == GT_OK;
    }
    s->rank = strcmp(kind, "images") == 0 ? 3 : 1;
    s->packed = s->file[0] == 0x1f;
    s->header = s->packed ? 10 : 4 + 4 * (size_t)s->rank;
    s->read = read_damaged_idx;
    return open_idx(s, s->size, &s->intact) == GT_OK;
}

int main(int argc, char **argv)
{
    Sweep s = { .bit_step = argc > 3 ? 1 : 512, .length_step = argc > 3 ? 1 : 4096 };
    if (argc < 3 || !load(&s, argv[2]) || !prepare(&s, argv[1])) {
        fprintf(stderr,
                "usage: damage checkpoint|images|labels FILE [all]; FILE must be undamaged\n");
        return 2;
    }
    flip_all(&s);
    truncate_all(&s);
    lengthen(&s);
    free(s.file);
    printf("{");
    for (int i = 0; i <= MISSED; i++)
        printf("%s\"%s\": %ld", i ? ", " : "", outcomes[i], s.count[i]);
    printf("}\n");
    return s.count[MISSED] > 0;
}
