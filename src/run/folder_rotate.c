/* Which checkpoints are kept after a new one was saved. */
#include <stdlib.h>

#include "gantrain/io/durable.h"
#include "gantrain/run/folder.h"

static bool is_damaged(const Retention *r, uint64_t step)
{
    for (int i = 0; i < r->n_damaged; i++)
        if (r->damaged[i] == step)
            return true;
    return false;
}

static bool is_scheduled(const Retention *r, uint64_t step)
{
    return !r->scheduled || r->scheduled(r->args, step);
}

/* How many more may be kept, going from the newest to the oldest. */
typedef struct Quota {
    int64_t scheduled, others;
} Quota;

static Quota count_quota(const Retention *r, const uint64_t *steps, int n)
{
    int64_t scheduled = 0;
    for (int i = 0; i < n; i++)
        scheduled += !is_damaged(r, steps[i]) && is_scheduled(r, steps[i]);
    return (Quota){ r->newest, r->newest > scheduled ? r->newest - scheduled : 0 };
}

/* A damaged checkpoint is kept while its quota lasts, but does not use it up. */
static bool use_quota(const Retention *r, Quota *left, uint64_t step)
{
    int64_t *quota = is_scheduled(r, step) ? &left->scheduled : &left->others;
    const bool kept = *quota > 0;
    if (!is_damaged(r, step))
        *quota -= kept;
    return kept;
}

Status folder_rotate(const RunFolder *f, uint64_t newest, const Retention *r, Error *e)
{
    uint64_t *steps = NULL;
    int n = 0, first = 0;
    char path[FOLDER_FILE];
    Status s = folder_checkpoints(f, &steps, &n, e);
    while (first < n && steps[first] > newest)
        first++;
    if (n > first && steps[n - 1] == 0)
        n--; /* where a warm run began: always kept */
    Quota left = count_quota(r, steps + first, n - first);
    for (int i = first; s == GT_OK && i < n; i++) {
        const bool always = r->every > 0 && steps[i] % (uint64_t)r->every == 0;
        if (use_quota(r, &left, steps[i]) || always || steps[i] == newest)
            continue;
        folder_checkpoint(f, steps[i], path);
        s = durable_remove(path, e);
    }
    free(steps);
    return s;
}
