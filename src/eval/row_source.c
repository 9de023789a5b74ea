/* Rows in memory, and samples of a data set. */
#include "gantrain/eval/metric.h"

#include "gantrain/math/vec.h"

static void read_view(const void *context, int first, Mat out)
{
    const View *v = context;
    mat_copy(out, view_rows(*v, first, out.rows));
}

RowSource rows_of_view(const View *v)
{
    return (RowSource){ v->rows, v->cols, read_view, v };
}

static void read_samples(const void *context, int first, Mat out)
{
    const OrderedSamples *s = context;
    dataset_gather(s->data, s->order + s->first + first, out);
}

RowSource rows_of_samples(const OrderedSamples *s, int n)
{
    return (RowSource){ n, shape_size(s->data->shape), read_samples, s };
}
