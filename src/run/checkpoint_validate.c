/* Values that no training saves, in a file that is whole: damage that checksums cannot show. */
#include "gantrain/run/checkpoint.h"

#include <math.h>
#include <string.h>

/* Data in files of other programs may be unaligned. */
static double value_at(const Tensor *t, size_t i)
{
    float f;
    double d;
    if (t->type == TENSOR_F64)
        return memcpy(&d, (const char *)t->at + i * sizeof d, sizeof d), d;
    return memcpy(&f, (const char *)t->at + i * sizeof f, sizeof f), (double)f;
}

static Status check_tensor(const Tensor *t, bool squares, const char *path, Error *e)
{
    if (t->type != TENSOR_F32 && t->type != TENSOR_F64)
        return GT_OK;
    const size_t n = t->bytes / tensor_type_bytes(t->type);
    for (size_t i = 0; i < n; i++) {
        const double x = value_at(t, i);
        if (!isfinite(x))
            return fail(e, GT_ECHECKPOINT,
                        "%s: tensor \"%s\" holds a value that is not finite (%g at %zu): cannot "
                        "resume from it",
                        path, t->name, x, i);
        if (squares && x < 0)
            return fail(e, GT_ECHECKPOINT,
                        "%s: tensor \"%s\" holds squares, but one is negative (%g at %zu): cannot "
                        "resume from it",
                        path, t->name, x, i);
    }
    return GT_OK;
}

Status checkpoint_validate(const Checkpoint *k, const char *path, const Gan *g, Error *e)
{
    for (int i = 0; i < k->file.n; i++) {
        const Tensor *t = &k->file.tensor[i];
        TRY(check_tensor(t, gan_holds_squares(g, t->name), path, e));
    }
    return GT_OK;
}
