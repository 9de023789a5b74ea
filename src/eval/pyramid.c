/* [1] Burt and Adelson 1983, "The Laplacian Pyramid as a Compact Image Code": each level is what is
 * lost when the image is blurred and halved; the last is what remains. Their filter with a = 3/8,
 * (1 4 6 4 1)/16, and images mirrored at the centres of their edge pixels, as in the code of
 * [2] Karras et al. 2018. */
#include "pyramid.h"

#include <string.h>

#include "gantrain/base/clones.h"

enum { TAPS = 5, REACH = 2 };
static const real filter[TAPS] = { (real)0.0625, (real)0.25, (real)0.375, (real)0.25,
                                   (real)0.0625 };

static int half(int n)
{
    return (n + 1) / 2;
}

int pyramid_levels(Shape s, int min)
{
    int n = 1;
    for (; half(s.h) >= min && half(s.w) >= min; n++)
        s = (Shape){ s.c, half(s.h), half(s.w) };
    return n;
}

Shape pyramid_shape(Shape s, int levels, int level)
{
    for (int i = levels - 1; i > level; i--)
        s = (Shape){ s.c, half(s.h), half(s.w) };
    return s;
}

void pyramid_plan(PyramidScratch *p, Shape s, Arena *a)
{
    const size_t bytes = (size_t)s.h * (size_t)s.w * sizeof(real);
    p->level = arena_take(a, bytes);
    p->next = arena_take(a, bytes);
    p->half = arena_take(a, bytes);
}

/* Row i of [n, ...], mirrored at the ends. */
static int mirror(int i, int n)
{
    return i < 0 ? -i : i < n ? i : 2 * (n - 1) - i;
}

/* to[j · step] += factor · from[j] */
GT_CLONES static void add_row(int n, real factor, const real *restrict from, real *restrict to,
                              size_t step)
{
    for (int j = 0; j < n; j++)
        to[(size_t)j * step] += factor * from[j];
}

/* Blurs the columns of x [n,lanes] and keeps every second row, transposed: out [lanes, half(n)].
 * Twice, it halves a plane in both directions. */
static void shrink(int n, int lanes, const real *x, real *out)
{
    const int m = half(n);
    memset(out, 0, (size_t)m * (size_t)lanes * sizeof *out);
    for (int i = 0; i < m; i++)
        for (int t = 0; t < TAPS; t++)
            add_row(lanes, filter[t], x + (size_t)mirror(2 * i + t - REACH, n) * (size_t)lanes,
                    out + i, (size_t)m);
}

/* The opposite: x [half(n),lanes] with rows of zeros between, blurred, doubled, transposed: out
 * [lanes,n]. */
static void expand(int n, int lanes, const real *x, real *out)
{
    memset(out, 0, (size_t)n * (size_t)lanes * sizeof *out);
    for (int i = 0; i < n; i++)
        for (int t = 0; t < TAPS; t++) {
            const int from = mirror(i + t - REACH, n);
            if (from % 2 == 0)
                add_row(lanes, 2 * filter[t], x + (size_t)(from / 2) * (size_t)lanes, out + i,
                        (size_t)n);
        }
}

void pyramid_level(const PyramidScratch *p, Shape s, int levels, int level, const real *plane)
{
    const size_t n = (size_t)s.h * (size_t)s.w;
    memcpy(p->level, plane, n * sizeof *plane);
    for (int i = levels - 1; i > level; i--) {
        shrink(s.h, s.w, p->level, p->half);
        shrink(s.w, half(s.h), p->half, p->level);
        s = (Shape){ s.c, half(s.h), half(s.w) };
    }
    if (level == 0)
        return;
    shrink(s.h, s.w, p->level, p->half);
    shrink(s.w, half(s.h), p->half, p->next);
    expand(s.h, half(s.w), p->next, p->half);
    expand(s.w, s.h, p->half, p->next);
    for (int i = 0; i < s.h * s.w; i++)
        p->level[i] -= p->next[i];
}
