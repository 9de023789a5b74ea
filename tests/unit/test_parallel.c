/* The pool: every chunk exactly once, whatever the number of threads, over many short jobs. */
#include "gantrain/math/parallel.h"

#include <stdatomic.h>

#include "support/nets.h"

enum { MOST = 300 };

typedef struct Count {
    _Atomic int done[MOST];
} Count;

static void count_one(void *args, int i)
{
    atomic_fetch_add(&((Count *)args)->done[i], 1);
}

static void every_chunk_once(void **state)
{
    (void)state;
    static Count c;
    static const int threads[] = { 1, 2, 3, 8, 2, 1, 4 };
    for (size_t t = 0; t < sizeof threads / sizeof *threads; t++) {
        parallel_set_threads(threads[t]);
        for (int job = 0; job < 2000; job++) {
            const int n = 1 + job % MOST;
            for (int i = 0; i < n; i++)
                atomic_store(&c.done[i], 0);
            parallel_for(n, count_one, &c);
            for (int i = 0; i < n; i++)
                assert_int_equal(atomic_load(&c.done[i]), 1);
        }
        assert_int_equal(parallel_threads(), threads[t]);
    }
}

typedef struct Cover {
    unsigned char hit[3 * PARALLEL_CHUNK];
} Cover;

static void cover(void *args, size_t first, size_t last)
{
    Cover *c = args;
    assert_true(first % PARALLEL_CHUNK == 0 && last - first <= PARALLEL_CHUNK);
    for (size_t i = first; i < last; i++)
        c->hit[i]++;
}

static void ranges_cover_everything(void **state)
{
    (void)state;
    static Cover c;
    static const size_t sizes[] = { 0, 1, PARALLEL_CHUNK, PARALLEL_CHUNK + 1, 3 * PARALLEL_CHUNK };
    parallel_set_threads(3);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        memset(&c, 0, sizeof c);
        parallel_ranges(sizes[s], cover, &c);
        for (size_t i = 0; i < sizeof c.hit; i++)
            assert_int_equal(c.hit[i], i < sizes[s]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_chunk_once),
        cmocka_unit_test(ranges_cover_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
