/* A tiny GAN from a config text, and a count of the allocations of our code; for tests that are
 * linked with --wrap (tests/CMakeLists.txt). */
#ifndef GANTRAIN_TESTS_TINY_GAN_H
#define GANTRAIN_TESTS_TINY_GAN_H

#include "gantrain/math/parallel.h"
#include "gantrain/run/config.h"
#include "support/nets.h"

/* The linker redirects every allocation of our own code to these. */
static int allocations;
void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__real_aligned_alloc(size_t alignment, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_aligned_alloc(size_t alignment, size_t n);

void *__wrap_malloc(size_t n)
{
    allocations++;
    return __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    allocations++;
    return __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
    allocations++;
    return __real_realloc(p, n);
}

void *__wrap_aligned_alloc(size_t alignment, size_t n)
{
    allocations++;
    return __real_aligned_alloc(alignment, n);
}

enum { COUNT = 40, SIDE = 4, BATCH = 6 };

static const char plain[] =
    "{\"generator\": {\"latent\": 5, \"ema\": 0.9, \"layers\": ["
    "  {\"kind\": \"dense\", \"units\": 12, \"activation\": \"leaky_relu\"},"
    "  {\"kind\": \"dense\", \"activation\": \"tanh\"}]},"
    " \"discriminator\": {\"steps\": 2, \"layers\": ["
    "  {\"kind\": \"dense\", \"units\": 10, \"activation\": \"softplus\"},"
    "  {\"kind\": \"dropout\", \"rate\": 0.2},"
    "  {\"kind\": \"dense\", \"units\": 1}]},"
    " \"penalty\": \"r1\","
    " \"optimizer\": {\"generator\": {\"lr\": 0.01}, \"discriminator\": {\"lr\": 0.01}}}";

static const char *text = plain; /* config of the next fixture */

/* The config with pieces of text replaced: pairs of old and new, then NULL. */
static inline const char *changed(const char *const *change)
{
    static char out[4000];
    snprintf(out, sizeof out, "%s", text);
    for (; *change; change += 2) {
        char *at = strstr(out, change[0]);
        assert_non_null(at);
        char rest[sizeof out];
        snprintf(rest, sizeof rest, "%s", at + strlen(change[0]));
        snprintf(at, sizeof out - (size_t)(at - out), "%s%s", change[1], rest);
    }
    return out;
}

static const PixelRange range = { { "test", "test", "-", NULL, 0 }, -1, 1 };

typedef struct Fixture {
    Config config;
    Dataset data;
    uint8_t images[COUNT * SIDE * SIDE];
    Gan gan;
} Fixture;

static inline void open_with(Fixture *f, const char *config)
{
    static Error e;
    memset(f, 0, sizeof *f);
    memset(&e, 0, sizeof e);
    if (config_parse(&f->config, config, strlen(config), "test", &e) != GT_OK)
        fail_msg("%s", e.text[0]);
    for (int i = 0; i < COUNT * SIDE * SIDE; i++)
        f->images[i] = i % (SIDE * SIDE) < SIDE * SIDE / 2 ? 230 : 20;
    f->data = (Dataset){ .kind = (const DatasetKind *)f->config.data.is,
                         .shape = { 1, SIDE, SIDE },
                         .count = COUNT,
                         .images = f->images,
                         .range = &range };
    if (gan_build(&f->gan, &f->config.gan, &f->data, f->data.shape, f->data.classes, BATCH, 1,
                  &e) != GT_OK)
        fail_msg("%s", e.text[0]);
}

static inline void open_fixture(Fixture *f)
{
    open_with(f, text);
}

/* Both optimisers with these options. */
static inline void open_fixture_with(Fixture *f, const char *optimizer)
{
    char generator[1024], discriminator[1024];
    snprintf(generator, sizeof generator, "\"generator\": %s", optimizer);
    snprintf(discriminator, sizeof discriminator, "\"discriminator\": %s", optimizer);
    open_with(f, changed((const char *const[]){ "\"generator\": {\"lr\": 0.01}", generator,
                                                "\"discriminator\": {\"lr\": 0.01}", discriminator,
                                                NULL }));
}

static inline void close_fixture(Fixture *f)
{
    gan_close(&f->gan);
    config_free(&f->config);
}

#endif
