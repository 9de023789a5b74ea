/* M4: of all points that fall into one column of pixels, the first, the least, the greatest and the last
 * draw the same picture as all of them. */
#include "curve.h"

#include <assert.h>
#include <math.h>
#include <stdint.h>

/* The points of one part of the x axis: indices into the arrays; -1: none yet. */
typedef struct Bucket {
    int first, least, greatest, last;
    bool gap; /* one of them had no place */
} Bucket;

typedef struct Thinning {
    const Axis *ax, *ay;
    const double *x, *y;
    Corner *out;
    int used;
} Thinning;

static const Bucket empty = { -1, -1, -1, -1, false };

static void put(Thinning *t, int i)
{
    assert(t->used < CURVE_ROOM);
    t->out[t->used++] = (Corner){ axis_position(t->ax, t->x[i]), axis_position(t->ay, t->y[i]) };
}

static void put_gap(Thinning *t)
{
    if (t->used > 0 && !isnan(t->out[t->used - 1].y)) {
        assert(t->used < CURVE_ROOM);
        t->out[t->used++] = (Corner){ NAN, NAN };
    }
}

static void put_bucket(Thinning *t, const Bucket *b)
{
    const int low = b->least < b->greatest ? b->least : b->greatest;
    const int high = b->least < b->greatest ? b->greatest : b->least;
    if (b->gap) /* the line is broken on both sides, however small the gap is */
        put_gap(t);
    if (b->first >= 0) {
        put(t, b->first);
        if (low > b->first)
            put(t, low);
        if (high > low && high < b->last)
            put(t, high);
        if (b->last > b->first && b->last > low)
            put(t, b->last);
    }
    if (b->gap)
        put_gap(t);
}

static void add_to(Bucket *b, const double *y, int i)
{
    if (b->first < 0)
        b->first = b->least = b->greatest = i;
    if (y[i] < y[b->least])
        b->least = i;
    if (y[i] > y[b->greatest])
        b->greatest = i;
    b->last = i;
}

int curve_thin(const Axis *ax, const Axis *ay, const double *x, const double *y, int n,
               Corner out[CURVE_ROOM])
{
    Thinning t = { ax, ay, x, y, out, 0 };
    Bucket bucket = empty;
    int now = -1;
    for (int i = 0; i < n; i++) {
        const double place = axis_position(ax, x[i]);
        if (!(place >= 0 && place <= 1)) /* NaN too */
            continue;
        const int part = (int)fmin(place * CURVE_BUCKETS, CURVE_BUCKETS - 1);
        const int at = n <= 2 * CURVE_BUCKETS ? i : part > now ? part : now; /* never back */
        if (at != now) {
            put_bucket(&t, &bucket);
            bucket = empty;
            now = at;
        }
        if (isnan(axis_position(ay, y[i])))
            bucket.gap = true;
        else
            add_to(&bucket, y, i);
    }
    put_bucket(&t, &bucket);
    return t.used;
}

static bool counts_in(double v, bool ratios)
{
    return isfinite(v) && (!ratios || v > 0);
}

/* The mean over the rows from..to-1 that have a value. */
static double mean_of(const double *y, int from, int to, bool ratios)
{
    double sum = 0;
    int n = 0;
    for (int i = from; i < to; i++) {
        if (!counts_in(y[i], ratios))
            continue;
        sum += ratios ? log(y[i]) : y[i];
        n++;
    }
    return n == 0 ? (double)NAN : ratios ? exp(sum / n) : sum / n;
}

/* Windows are added up anew: a difference of running sums would never recover from one huge value. */
int curve_smooth(const double *x, const double *y, int n, bool ratios, double mean_x[CURVE_MEANS],
                 double mean_y[CURVE_MEANS])
{
    const int half = n / (2 * CURVE_WINDOWS);
    if (half < 1)
        return 0;
    for (int k = 0; k < CURVE_MEANS; k++) {
        const int i = (int)((int64_t)k * (n - 1) / (CURVE_MEANS - 1));
        const int from = i > half ? i - half : 0, to = i + half < n ? i + half + 1 : n;
        mean_x[k] = x[i];
        mean_y[k] = mean_of(y, from, to, ratios);
    }
    return 2 * half + 1;
}
