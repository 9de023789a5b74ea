/* Softmax cross-entropy, row by row in double:
 *
 *   p_k = e^(t_k - m) / S,  S = Σ e^(t_k - m),  m = max t      (no overflow)
 *   L = mean log S - (t_label - m),  ∂L/∂t_k = (p_k - [k = label]) / B */
#include "numerics.h"

#include <assert.h>
#include <math.h>

int argmax(View row)
{
    int best = 0;
    for (int k = 1; k < row.cols; k++)
        if (row.at[k] > row.at[best])
            best = k;
    return best;
}

/* S and m of one row */
static double sum_exp(View t, double *m)
{
    double sum = 0;
    *m = (double)t.at[argmax(t)];
    for (int k = 0; k < t.cols; k++)
        sum += exp((double)t.at[k] - *m);
    return sum;
}

void softmax(View logits, Mat p)
{
    assert(p.rows == logits.rows && p.cols == logits.cols);
    for (int i = 0; i < logits.rows; i++) {
        const View t = view_rows(logits, i, 1);
        double m;
        const double S = sum_exp(t, &m);
        for (int k = 0; k < t.cols; k++)
            mat_rows(p, i, 1).at[k] = (real)(exp((double)t.at[k] - m) / S);
    }
}

double cross_entropy(View logits, const uint8_t *labels, Mat d_logits, int *right)
{
    const double weight = 1.0 / logits.rows;
    double loss = 0;

    assert(d_logits.rows == logits.rows && d_logits.cols == logits.cols);
    *right = 0;
    for (int i = 0; i < logits.rows; i++) {
        const View t = view_rows(logits, i, 1);
        real *d = mat_rows(d_logits, i, 1).at;
        double m;
        const double S = sum_exp(t, &m);

        assert(labels[i] < t.cols);
        loss += log(S) - ((double)t.at[labels[i]] - m);
        for (int k = 0; k < t.cols; k++)
            d[k] = (real)(weight * (exp((double)t.at[k] - m) / S - (k == labels[i])));
        *right += argmax(t) == labels[i];
    }
    return loss * weight;
}
