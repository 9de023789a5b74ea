/* Which row of the whole batch a row of a pass is, and its random numbers. */
#include "gantrain/math/vec.h"
#include "gantrain/nn/layer.h"

uint32_t pass_row(const Pass *p, int row)
{
    return (uint32_t)(row / p->group * p->global_rows + p->row_offset + row % p->group);
}

static void by_groups(const Pass *p, Mat out, void (*draw)(Mat, Draw, uint32_t))
{
    for (int i = 0; i < out.rows; i += p->group) {
        const int rows = out.rows - i < p->group ? out.rows - i : p->group;
        draw(mat_rows(out, i, rows), p->draw, pass_row(p, i));
    }
}

void pass_uniform(const Pass *p, Mat out)
{
    by_groups(p, out, mat_uniform);
}

void pass_normal(const Pass *p, Mat out)
{
    by_groups(p, out, mat_normal);
}
