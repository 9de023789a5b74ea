#include "one_hot.h"

#include "gantrain/math/vec.h"

Status classes_required(const Layer *l, Error *e)
{
    if (l->classes > 0)
        return GT_OK;
    return fail(e, GT_ECONFIG,
                "%s reads the class of each sample, and the data have no labels: add them to the "
                "data, or remove the layer",
                l->kind->is.name);
}

void one_hot(const Pass *p, const real *value, Mat out)
{
    mat_fill(out, 0);
    for (int i = 0; i < out.rows; i++)
        mat_rows(out, i, 1).at[p->label[i]] = value ? value[i] : 1;
}
