/* Figures of a history that a single odd step cannot move: ranks over a third of the rows.
 *
 * How far D is ahead is told by its loss, in units that all objectives share: with L_D(r, f) the loss of
 * logits r for real and f for fake samples,
 *
 *   blind   = min over t of L_D(t, t)         it says the same of both
 *   certain = min over r, f of L_D(r, f)      it is always right
 *   won     = (blind - L_D) / (blind - certain)
 *
 * both minima by trying logits: 2·log 2 and 0 for the GAN of 2014, and so on, label smoothing and targets
 * included. A loss without a least value (Wasserstein, some divergences) has no such share. */
#include "symptoms.h"

#include <math.h>

#include "gantrain/base/sort.h"
#include "gantrain/evaluate/score.h"

enum { VALUES = 512 }; /* of a part, evenly chosen where it has more */

/* ---- what a loss means ------------------------------------------------------------------------------ */

static double loss_of(const Spec *objective, double r, double f)
{
    real real_c = (real)r, fake_c = (real)f, slope[2];
    const Logits c = { { 1, 1, &real_c }, { 1, 1, &fake_c }, 0 };
    return objective_d(objective, c, (Mat){ 1, 1, slope }, (Mat){ 1, 1, slope + 1 });
}

/* The least loss of logits (a·t, b·t), |t| <= reach. */
static double least(const Spec *objective, double a, double b, double reach)
{
    const double step = 1.0 / 8;
    double best = INFINITY;
    for (double t = -reach; t <= reach; t += step)
        best = fmin(best, loss_of(objective, a * t, b * t));
    return best;
}

/* One logit at a time: a loss is a sum of one of r and one of f, or depends on r - f alone. */
static double least_of_both(const Spec *objective, double reach)
{
    if (objective_is_relativistic(objective))
        return least(objective, 1, 0, reach);
    return least(objective, 1, 0, reach) + least(objective, 0, 1, reach) - loss_of(objective, 0, 0);
}

static void judge_objective(Symptoms *s)
{
    const Spec *o = &s->c->gan.objective;
    const double reach = 12, bounded = 0.1;
    s->blind = least(o, 1, 1, reach);
    s->certain = least_of_both(o, reach);
    if (!(s->certain - least_of_both(o, 2 * reach) < bounded))
        s->certain = NAN;
}

/* ---- parts and ranks ------------------------------------------------------------------------------- */

void signs_read(Symptoms *s, const History *h, const Config *c)
{
    const int third = h->rows / 3;
    const int tail = third > TAIL_ROWS ? third : TAIL_ROWS;
    *s = (Symptoms){ .h = h, .c = c };
    s->first = third > 1 ? third : h->rows < 1 ? 0 : 1;
    s->last = h->rows > tail ? h->rows - tail : 0;
    judge_objective(s);
}

static void range_of(const Symptoms *s, Part part, int *from, int *to)
{
    *from = part == PART_LAST ? s->last : 0;
    *to = part == PART_FIRST ? s->first : s->h->rows;
}

int sign_count(const Symptoms *s, const char *column, Part part)
{
    const double *v = history_column(s->h, column);
    int from, to, n = 0;
    range_of(s, part, &from, &to);
    for (int i = from; v && i < to; i++)
        n += isfinite(v[i]) != 0;
    return n;
}

double sign_quantile(const Symptoms *s, const char *column, Part part, double q)
{
    const double *v = history_column(s->h, column);
    const int n = sign_count(s, column, part), stride = (n + VALUES - 1) / VALUES;
    double chosen[VALUES];
    int from, to, seen = 0, taken = 0;
    range_of(s, part, &from, &to);
    for (int i = from; n > 0 && i < to; i++)
        if (isfinite(v[i]) && seen++ % stride == 0)
            chosen[taken++] = v[i];
    if (taken == 0)
        return NAN;
    sort_ascending(chosen, (size_t)taken);
    return chosen[(int)(q * (taken - 1) + 0.5)];
}

double sign_median(const Symptoms *s, const char *column, Part part)
{
    return sign_quantile(s, column, part, 0.5);
}

double sign_won(const Symptoms *s, Part part, double q)
{
    return (s->blind - sign_quantile(s, "d_loss", part, 1 - q)) / (s->blind - s->certain);
}

/* ---- the end --------------------------------------------------------------------------------------- */

static double at(const Symptoms *s, const char *column, int row)
{
    const double *v = history_column(s->h, column);
    return v && row < s->h->rows && isfinite(v[row]) ? v[row] : (double)NAN;
}

double sign_at_end(const Symptoms *s, const char *column)
{
    return s->h->rows ? at(s, column, s->h->rows - 1) : (double)NAN;
}

double sign_begin(const Symptoms *s)
{
    return at(s, "step", s->last);
}

double sign_end(const Symptoms *s)
{
    return sign_at_end(s, "step");
}

/* ---- scores ---------------------------------------------------------------------------------------- */

/* From where on a score is far from that of real samples. Of MNIST after 3, 5, 10 epochs: class_kl 0.64, 0.06, 0.01,
 * recall 0.12, 0.6, 0.7, coverage 0.16, 0.5, 0.6. */
static const struct {
    const char *column;
    double limit;
} limits[] = {
    { "class_kl", 0.7 }, { "reverse_kl", 0.7 },   { "recall", 0.1 },
    { "coverage", 0.1 }, { "high_quality", 0.1 },
};
enum { LIMITS = sizeof limits / sizeof *limits };

/* The last row with any of these scores, or -1. */
static int scored_row(const Symptoms *s)
{
    for (int row = s->h->rows - 1; row >= 0; row--)
        for (int i = 0; i < LIMITS; i++)
            if (isfinite(at(s, limits[i].column, row)))
                return row;
    return -1;
}

bool sign_far(const Symptoms *s, Text *out)
{
    const int row = scored_row(s);
    bool far = false;
    for (int i = 0; i < LIMITS && row >= 0; i++) {
        const double v = at(s, limits[i].column, row);
        Direction better = LOWER;
        score_direction(limits[i].column, &better);
        if (better == HIGHER ? v < limits[i].limit : v > limits[i].limit) {
            text_add(out, "%s%s %.2f", far ? ", " : "", limits[i].column, v);
            far = true;
        }
    }
    return far;
}

double sign_lag(const Symptoms *s)
{
    const double ema = s->c->gan.generator.ema;
    return ema > 0 ? 1 / (1 - ema) / sign_end(s) : 0;
}
