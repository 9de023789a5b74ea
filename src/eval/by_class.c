/* The rows of one class of a set. */
#include "numerics.h"

#include "gantrain/math/vec.h"

int class_count(const uint8_t *label, int n, int k)
{
    int count = 0;
    for (int i = 0; i < n; i++)
        count += label[i] == k;
    return count;
}

void class_rows(View x, const uint8_t *label, int k, Mat out)
{
    int row = 0;
    for (int i = 0; i < x.rows; i++)
        if (label[i] == k)
            mat_copy(mat_rows(out, row++, 1), view_rows(x, i, 1));
}
