/* metrics.jsonl truncated to a step, as by a resume: the result is a prefix of the file, ends in a
 * newline, has no later step, and is not truncated again. The first byte is the step. */
#include "fuzz.h"
#include "train/train_parts.h"

static void check_kept(const char *kept, size_t n, uint64_t step)
{
    must(n == 0 || kept[n - 1] == '\n', "no truncated line is kept");
    for (const char *row = kept; row < kept + n;) {
        must(strtoull(row + strlen("{\"step\": "), NULL, 10) <= step, "no later step is kept");
        row = (const char *)memchr(row, '\n', (size_t)(kept + n - row)) + 1;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static Error e;
    e.code = GT_OK;
    e.lines = 0;
    if (size < 1)
        return 0;
    const int before = fuzz_writes();
    fuzz_set_file(data + 1, size - 1);
    const Status s = metrics_truncate("metrics.jsonl", data[0], &e);
    must_report(s, &e);
    if (s != GT_OK || fuzz_writes() == before)
        return 0;
    size_t n = 0;
    const uint8_t *taken = fuzz_written(&n);
    must(n < size - 1 && (n == 0 || memcmp(taken, data + 1, n) == 0), "a prefix is kept");
    check_kept((const char *)data + 1, n, data[0]);
    fuzz_set_file(data + 1, n);
    must(metrics_truncate("metrics.jsonl", data[0], &e) == GT_OK && fuzz_writes() == before + 1,
         "a second call changes nothing");
    return 0;
}
