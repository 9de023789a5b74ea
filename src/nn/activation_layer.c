/* The passes of every activation, y = f(a) elementwise, with the functions of its row.
 *
 *   forward            y   = f(a)
 *   backward           dx  = f'(a) ∘ dy
 *   tangent forward    ry  = f'(a) ∘ rx
 *   tangent backward   rdx = f'(a) ∘ rdy + f''(a) ∘ rx ∘ dy */
#include "activation_layer.h"

#include <string.h>

#include "gantrain/math/parallel.h"

static const Activation *function_of(const Layer *l)
{
    return (const Activation *)l->kind;
}

/* y = f(x) */
void activation_forward_part(const Layer *l, const Pass *p, Patch part)
{
    size_t at = part.first;
    for (int i = 0; i < part.rows; i++, at += part.next)
        function_of(l)->value(l->options, (size_t)part.cols, p->x.at + at, p->y.at + at);
}

/* dx = f'(x) ∘ dy */
void activation_backward_part(const Layer *l, const Pass *p, Patch part)
{
    size_t at = part.first;
    for (int i = 0; i < part.rows; i++, at += part.next)
        function_of(l)->d1(l->options, (size_t)part.cols, p->x.at + at, p->y.at + at, p->dy.at + at,
                           p->dx.at + at);
}

/* ry = f'(x) ∘ rx */
static void tangent_forward_part(const Layer *l, const Pass *p, Patch part)
{
    const size_t at = part.first;
    function_of(l)->d1(l->options, (size_t)part.cols, p->x.at + at, p->y.at + at, p->rx.at + at,
                       p->ry.at + at);
}

/* rdx = f'(x) ∘ rdy + f''(x) ∘ rx ∘ dy */
static void tangent_backward_part(const Layer *l, const Pass *p, Patch part)
{
    const Activation *f = function_of(l);
    const size_t at = part.first, n = (size_t)part.cols;
    const real *x = p->x.at + at, *y = p->y.at + at;
    real *rdx = p->rdx.at + at;

    if (p->rdy.rows)
        f->d1(l->options, n, x, y, p->rdy.at + at, rdx);
    else
        memset(rdx, 0, n * sizeof *rdx);
    if (f->d2)
        f->d2(l->options, n, x, y, p->rx.at + at, p->dy.at + at, rdx);
}

typedef struct Sweep {
    const Layer *l;
    const Pass *p;
    void (*part)(const Layer *l, const Pass *p, Patch part);
} Sweep;

static void run_range(void *args, size_t first, size_t last)
{
    const Sweep *s = args;
    s->part(s->l, s->p, (Patch){ 1, (int)(last - first), first, 0 });
}

const Activation *activation_of(const Layer *l)
{
    return l->kind->forward == activation_forward ? function_of(l) : NULL;
}

void activation_forward(const Layer *l, Pass *p)
{
    Sweep s = { l, p, activation_forward_part };
    parallel_ranges(mat_size(p->y), run_range, &s);
}

void activation_backward(const Layer *l, Pass *p)
{
    Sweep s = { l, p, activation_backward_part };
    if (p->want & WANT_INPUT)
        parallel_ranges(mat_size(p->y), run_range, &s);
}

void activation_tangent_forward(const Layer *l, Pass *p)
{
    Sweep s = { l, p, tangent_forward_part };
    parallel_ranges(mat_size(p->y), run_range, &s);
}

void activation_tangent_backward(const Layer *l, Pass *p)
{
    Sweep s = { l, p, tangent_backward_part };
    p->rdx_zero = !function_of(l)->d2 && !p->rdy.rows;
    if (!p->rdx_zero)
        parallel_ranges(mat_size(p->y), run_range, &s);
}
