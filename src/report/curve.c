/* M4 thinning, and moving means. */
#include "chart.h"

#include <assert.h>
#include <math.h>
#include <stdint.h>

/* Points of one part of the x axis, as indices; -1: none. */
typedef struct Bucket {
    int first, lowest, highest, last;
    bool gap; /* a point of it cannot be shown */
} Bucket;

typedef struct Thinning {
    const Axis *ax, *ay;
    const double *x, *y;
    Vertex *out;
    int n;
} Thinning;

static const Bucket empty = { -1, -1, -1, -1, false };

static void add_vertex(Thinning *t, Vertex v)
{
    assert(t->n < CURVE_VERTICES);
    t->out[t->n++] = v;
}

static void add_point(Thinning *t, int i)
{
    add_vertex(t, (Vertex){ axis_position(t->ax, t->x[i]), axis_position(t->ay, t->y[i]) });
}

static void add_gap(Thinning *t)
{
    if (t->n > 0 && !isnan(t->out[t->n - 1].y))
        add_vertex(t, (Vertex){ NAN, NAN });
}

static void add_bucket(Thinning *t, const Bucket *b)
{
    const int near = b->lowest < b->highest ? b->lowest : b->highest;
    const int far = b->lowest < b->highest ? b->highest : b->lowest;
    if (b->gap) /* the line is broken on both sides, however small the gap is */
        add_gap(t);
    if (b->first >= 0) {
        add_point(t, b->first);
        if (near > b->first)
            add_point(t, near);
        if (far > near && far < b->last)
            add_point(t, far);
        if (b->last > b->first && b->last > near)
            add_point(t, b->last);
    }
    if (b->gap)
        add_gap(t);
}

static void update_bucket(Bucket *b, const double *y, int i)
{
    if (b->first < 0)
        b->first = b->lowest = b->highest = i;
    if (y[i] < y[b->lowest])
        b->lowest = i;
    if (y[i] > y[b->highest])
        b->highest = i;
    b->last = i;
}

int curve_thin(const Axis *ax, const Axis *ay, const double *x, const double *y, int n,
               Vertex out[CURVE_VERTICES])
{
    Thinning t = { ax, ay, x, y, out, 0 };
    Bucket bucket = empty;
    int current = -1;
    for (int i = 0; i < n; i++) {
        const double position = axis_position(ax, x[i]);
        if (!(position >= 0 && position <= 1)) /* also NaN */
            continue;
        const int part = (int)fmin(position * CURVE_BUCKETS, CURVE_BUCKETS - 1);
        const int index = n <= 2 * CURVE_BUCKETS ? i : part > current ? part : current;
        if (index != current) {
            add_bucket(&t, &bucket);
            bucket = empty;
            current = index;
        }
        if (isnan(axis_position(ay, y[i])))
            bucket.gap = true;
        else
            update_bucket(&bucket, y, i);
    }
    add_bucket(&t, &bucket);
    return t.n;
}

/* The mean over rows [from, to). */
static double mean_of(const double *y, int from, int to, bool logarithmic)
{
    double sum = 0;
    int n = 0;
    for (int i = from; i < to; i++) {
        if (!isfinite(y[i]) || (logarithmic && y[i] <= 0))
            continue;
        sum += logarithmic ? log(y[i]) : y[i];
        n++;
    }
    return n == 0 ? (double)NAN : logarithmic ? exp(sum / n) : sum / n;
}

/* Each window is summed anew: a running sum would never recover from one huge value. */
int curve_smooth(const double *x, const double *y, int n, bool logarithmic,
                 double mean_x[CURVE_MEANS], double mean_y[CURVE_MEANS])
{
    const int half = n / (2 * CURVE_WINDOWS);
    if (half < 1)
        return 0;
    for (int k = 0; k < CURVE_MEANS; k++) {
        const int i = (int)((int64_t)k * (n - 1) / (CURVE_MEANS - 1));
        const int from = i > half ? i - half : 0, to = i + half < n ? i + half + 1 : n;
        mean_x[k] = x[i];
        mean_y[k] = mean_of(y, from, to, logarithmic);
    }
    return 2 * half + 1;
}
