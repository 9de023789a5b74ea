/* Which checkpoints stay when a new one is there. */
#include <stdlib.h>

#include "gantrain/io/durable.h"
#include "gantrain/run/folder.h"

static bool is_damaged(const Retention *k, uint64_t step)
{
    for (int i = 0; i < k->n_damaged; i++)
        if (k->damaged[i] == step)
            return true;
    return false;
}

static bool is_regular(const Retention *k, uint64_t step)
{
    return !k->regular || k->regular(k->of, step);
}

/* Places that are left, going from the newest to the oldest. */
typedef struct Places {
    int64_t regular, others;
} Places;

static Places places(const Retention *k, const uint64_t *steps, int n)
{
    int64_t regular = 0;
    for (int i = 0; i < n; i++)
        regular += !is_damaged(k, steps[i]) && is_regular(k, steps[i]);
    return (Places){ k->newest, k->newest > regular ? k->newest - regular : 0 };
}

/* Whether the next one in age has a place; it takes it. */
static bool has_place(const Retention *k, Places *left, uint64_t step)
{
    int64_t *of_its_kind = is_regular(k, step) ? &left->regular : &left->others;
    const bool place = *of_its_kind > 0;
    if (!is_damaged(k, step))
        *of_its_kind -= place;
    return place;
}

static Status remove_checkpoint(const RunFolder *f, uint64_t step, Error *e)
{
    char path[FOLDER_FILE];
    folder_checkpoint(f, step, path);
    return durable_remove(path, e);
}

Status folder_rotate(const RunFolder *f, uint64_t newest, const Retention *k, Error *e)
{
    uint64_t *steps = NULL;
    int n = 0, first = 0;
    Status s = folder_checkpoints(f, &steps, &n, e);
    while (first < n && steps[first] > newest)
        first++;
    Places left = places(k, steps + first, n - first);
    for (int i = first; s == GT_OK && i < n; i++) {
        const bool for_ever = k->every > 0 && steps[i] % (uint64_t)k->every == 0;
        if (!has_place(k, &left, steps[i]) && !for_ever && steps[i] != newest)
            s = remove_checkpoint(f, steps[i], e);
    }
    free(steps);
    return s;
}
