/* The loops of columns.h. */
#include "columns.h"

#include "gantrain/base/clones.h"

GT_CLONES void columns_add(int n, const real *v, double *restrict sum)
{
    for (int j = 0; j < n; j++)
        sum[j] += (double)v[j];
}

GT_CLONES void columns_add_product(int n, const real *u, const real *v, double *restrict sum)
{
    for (int j = 0; j < n; j++)
        sum[j] += (double)(u[j] * v[j]);
}

GT_CLONES void columns_add_squares(int n, const real *v, const double *mean, double *restrict sum)
{
    for (int j = 0; j < n; j++) {
        const double d = (double)v[j] - mean[j];
        sum[j] += d * d;
    }
}

void columns_moments(View x, int row, int rows, Columns c, double *mean, double *square)
{
    for (int j = 0; j < c.n; j++)
        mean[j] = square[j] = 0;
    for (int i = row; i < row + rows; i++)
        columns_add(c.n, columns_in(x, i, c), mean);
    for (int j = 0; j < c.n; j++)
        mean[j] /= rows;
    for (int i = row; i < row + rows; i++)
        columns_add_squares(c.n, columns_in(x, i, c), mean, square);
}

void columns_finish(Columns c, const double *sum, Mat out)
{
    for (int j = 0; j < c.n; j++)
        out.at[c.first + j] += (real)sum[j];
}
