/* Reading a table while each allocation and system call fails in turn. */
#include "support/faults.h"

#include "data/tables/csv_layout.h"

#include "support/scratch.h" /* last: cmocka has a macro fail() */

static const char text[] =
    "n,\"a \"\"b\"\"\",kind,x\n1,10,pear,7\n2,20,fig,7\n3,30,\"pe\"\"ar\",7\n4,40,fig,7\n";

static Status open_table(void *me, Error *e)
{
    Dataset d;
    const char *columns[] = { "n", "2", "x" };
    CsvOptions o = { .source = { .path = me, .split = 0.25 },
                     .header = csv_headers.entry[0],
                     .separator = "auto",
                     .columns = { columns, 3 },
                     .label = "kind",
                     .standardize = true };
    const Spec spec = { .is = registry_find(&datasets, "csv"), .options = &o };
    const Status s = dataset_open_split(&d, &spec, "train", 1, e);
    assert_true((s == GT_OK) == (d.points && d.labels && d.units.name && d.count == 3));
    if (s == GT_OK)
        assert_true(d.n_classes == 3 && strstr(d.warning.at, "\"x\" is 7 in every row"));
    dataset_close(&d);
    return s;
}

/* Memory that is not given back in a smaller block is no failure. */
static void fail_memory(void *me)
{
    static Error e;
    const long calls = fault_count(MEMORY, open_table, me);
    assert_true(calls > 20);
    for (long n = 1; n <= calls; n++)
        for (int on = 0; on <= 1; on++) {
            const Status s = fault_try((Fault){ MEMORY, 0, on, n }, open_table, me, &e);
            if (s != GT_OK && (s != GT_ERESOURCE || e.lines != 1))
                fail_msg("allocation %ld of %ld: status %d, \"%s\"", n, calls, (int)s, e.text[0]);
        }
}

static void all_calls_fail(void **state)
{
    Scratch *f = *state;
    scratch_put(f, text, sizeof text - 1);
    fail_memory(f->path);
    fail_each("open", EMFILE, GT_ERESOURCE, open_table, f->path);
    fail_each("open", EACCES, GT_EDATA, open_table, f->path);
    fail_each("fstat", EIO, GT_EDATA, open_table, f->path);
    fail_each("read", EIO, GT_EDATA, open_table, f->path);
    bend_each("open", EINTR, open_table, f->path);
    bend_each("read", EINTR, open_table, f->path);
    bend_each("read", 0, open_table, f->path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(all_calls_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
