/* Output that failed, by its kind. A disk that is full stays full for many steps: one warning is enough. */
#include "gantrain/train/write_failures.h"

#include <inttypes.h>
#include <string.h>

static LateKind *find(WriteFailures *l, const char *what)
{
    for (int i = 0; i < l->n; i++)
        if (strcmp(l->kind[i].what, what) == 0)
            return &l->kind[i];
    return NULL;
}

/* The paths in two messages differ by their numbers; what stands behind the last colon is the cause. */
static bool same_cause(const Error *a, const Error *b)
{
    const char *x = strrchr(a->text[0], ':'), *y = strrchr(b->text[0], ':');
    return strcmp(x ? x : a->text[0], y ? y : b->text[0]) == 0;
}

bool write_failures_add(WriteFailures *l, const char *what, uint64_t step, const Error *why)
{
    LateKind *k = find(l, what);
    if (!k) {
        k = &l->kind[l->n < LATE_KINDS ? l->n++ : LATE_KINDS - 1];
        *k = (LateKind){ .what = what, .first = step };
    }
    const bool news = !k->failing || !same_cause(&k->why, why);
    k->last = step;
    k->times++;
    k->failing = true;
    k->why = *why;
    return news;
}

bool write_failures_clear(WriteFailures *l, const char *what)
{
    LateKind *k = find(l, what);
    const bool news = k && k->failing;
    if (k)
        k->failing = false;
    return news;
}

void write_failures_report(const WriteFailures *l, Error *e)
{
    for (int i = 0; i < l->n; i++) {
        const LateKind *k = &l->kind[i];
        if (k->times == 1)
            also_fail(e, k->why.code, "%s at step %" PRIu64 ": %.400s", k->what, k->last,
                      k->why.text[0]);
        else
            also_fail(e, k->why.code,
                      "%s %d times, at steps %" PRIu64 " to %" PRIu64 ", the last time: %.380s",
                      k->what, k->times, k->first, k->last, k->why.text[0]);
    }
}
