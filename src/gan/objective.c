/* Batch means of an objective and their gradients, summed in double in the order of the rows. */
#include "gantrain/gan/objective.h"

#include <assert.h>

enum { PIECE = 256 };

/* mean over rows of f(logit), and d[i] = f'(logit_i)/B */
static double mean_loss(LogitLoss f, const void *options, View logits, Mat d)
{
    assert(logits.cols == 1 && d.rows == logits.rows);
    const int B = logits.rows;
    real value[PIECE];
    double sum = 0;

    for (int i = 0; i < B; i += PIECE) {
        const int n = B - i < PIECE ? B - i : PIECE;
        f(options, (size_t)n, logits.at + i, value, d.at + i);
        for (int j = 0; j < n; j++) {
            sum += (double)value[j];
            d.at[i + j] /= (real)B;
        }
    }
    return sum / B;
}

double objective_d(const Spec *objective, View real_logits, View fake_logits, Mat d_real,
                   Mat d_fake)
{
    const Objective *o = (const Objective *)objective->is;
    return mean_loss(o->d_real, objective->options, real_logits, d_real) +
           mean_loss(o->d_fake, objective->options, fake_logits, d_fake);
}

double objective_g(const Spec *objective, View fake_logits, Mat d_fake)
{
    const Objective *o = (const Objective *)objective->is;
    return mean_loss(o->g_fake, objective->options, fake_logits, d_fake);
}
