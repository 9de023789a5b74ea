/* Layers: what one is, and what it may touch during one pass.
 *
 * Legend: B rows of a pass, in/out columns of the layer. `d` = gradient of the loss, `r` = tangent
 * (directional derivative, Pearlmutter 1994), `rd` = tangent of a gradient.
 * One rule for writes: y, dx, ry, rdx are overwritten; parameter gradients are accumulated (+=). */
#ifndef GANTRAIN_NN_LAYER_H
#define GANTRAIN_NN_LAYER_H

#include <stdbool.h>

#include "gantrain/base/option.h"
#include "gantrain/base/rng.h"
#include "gantrain/base/status.h"
#include "gantrain/math/gemm.h"
#include "gantrain/math/mat.h"

enum { LAYER_PARAMS = 4, LAYER_BUFFERS = 4, LAYER_ARRAY_NAME = 24 };

/* What a pass is asked for. */
enum {
    WANT_PARAMS = 1,  /* accumulate parameter gradients              */
    WANT_INPUT = 2,   /* make dx valid                               */
    WANT_TRAINING = 4 /* dropout drops, batch norm uses its batch    */
};

/* Properties of a kind of layer. */
enum {
    LAYER_MIXES_BATCH = 1,  /* a row of y depends on other rows of x */
    LAYER_HAS_EPILOGUE = 2, /* heeds after_y and after_dx            */
    LAYER_IN_PLACE = 4,     /* y may lie over x, which only forward reads, and dx over dy */
    LAYER_COMPARES = 8,     /* mixes the batch outside training too: not for a generator   */
    LAYER_REFERENCE = 16    /* a reference batch ends every pass: not for a discriminator  */
};

/* One array of a layer: a parameter that is learnt, or a buffer that is only kept. */
typedef struct LayerArray {
    char name[LAYER_ARRAY_NAME]; /* "weight": the last part of its name in a checkpoint       */
    int rank;                    /* 1: [cols], 2: [rows, cols]                                */
    Mat value;                   /* [rows, cols] in the net's theta or buffers                */
    Mat grad;                    /* [rows, cols] in the net's dtheta; none for a buffer       */
    const Spec *init;            /* how it is initialised; NULL: filled with `fill`           */
    double fill;
    int first;   /* of its numbers in the net's theta, and in an optimiser's slots              */
    int row;     /* of its first row among the rows of all parameters of the net               */
    bool column; /* rank 2 and one row here, [cols, 1] in a checkpoint                        */
} LayerArray;

struct LayerKind;
struct Optim;
struct Reparam;

/* A parameter as the layer computes with it: the parameter itself, in the same memory, or what a
 * reparametrisation makes of it (nn/reparam.h). */
typedef struct Weight {
    Mat value; /* [rows, cols] what every pass reads                           */
    Mat grad;  /* [rows, cols] what every pass accumulates into                */

    const struct Reparam *reparam; /* NULL: the parameter itself               */
    const void *options;           /* of the reparametrisation                 */
    const char *name;              /* "weight"                                 */
    int extra;                     /* the first parameter or buffer it added   */
    double *of_row, *of_col;       /* [rows], [cols] its notes                 */
    double norm;                   /* of the whole                             */
} Weight;

/* A layer of a built net. */
typedef struct Layer {
    const struct LayerKind *kind;
    const void *options; /* of the kind; owned by the config                      */
    int number;          /* place in the net, as in PyTorch's nn.Sequential       */
    Shape in, out;       /* of one sample; `out` is set by infer                  */
    Shape data;          /* the shape of the data: what "units": 0 stands for     */
    LayerArray param[LAYER_PARAMS];
    LayerArray buffer[LAYER_BUFFERS];
    int n_params, n_buffers;
    Weight weight[LAYER_PARAMS]; /* weight[j] stands for param[j] in every pass  */
    int n_weights;               /* parameters that infer declared: others serve to make weights */
    bool reparametrised;         /* some weight is not its parameter             */
    int cache_per_row;           /* reals the layer keeps per row between passes */
    int cache_fixed;             /* and per pass                                 */
} Layer;

/* What one layer may touch during one pass; nothing else exists for it. */
typedef struct Pass {
    View x;          /* input                          [B,in]  */
    Mat y;           /* output                         [B,out] */
    View dy;         /* dL/dy                          [B,out] */
    Mat dx;          /* dL/dx                          [B,in]  */
    View rx;         /* R{x}                           [B,in]  */
    Mat ry;          /* R{y}                           [B,out] */
    View rdy;        /* R{dL/dy}; no rows: it is zero  [B,out] */
    Mat rdx;         /* R{dL/dx}                       [B,in]  */
    bool rdx_zero;   /* set by tangent_backward instead of writing rdx         */
    real *cache;     /* the layer's notes: rows first, then the fixed part      */
    int group;       /* rows that belong together for layers that mix the batch */
    int reference;   /* rows at the end that are the reference batch            */
    int row_offset;  /* first row of this rank in the whole group */
    int global_rows; /* rows of the whole group, on all ranks     */
    Draw draw;       /* random numbers of this layer in this pass               */
    unsigned want;

    /* for layers that make y and dx by products; NULL: nothing */
    const Epilogue *after_y, *after_dx;

    /* for layers that make a weight's gradient by a product: it is complete then, and may be spent on a
     * step at once (every weight is its parameter); NULL: it may not. Which parameters were moved is
     * noted in `moved`. */
    struct Optim *optim;
    bool gradient_is_empty; /* the parameter gradients accumulated so far are zero */
    unsigned moved;         /* 1 << number of the parameter       */
} Pass;

typedef struct LayerKind {
    Entry is;
    unsigned flags;

    /* REQUIRED */
    /* in-shape and options -> out-shape, parameters, buffers, cache; GT_ECONFIG says what does not fit
     * (without the place: the net adds it) */
    Status (*infer)(Layer *l, Error *e);
    void (*forward)(const Layer *l, Pass *p);  /* y = f(x)             */
    void (*backward)(const Layer *l, Pass *p); /* dx = Jᵀdy;  dθ += …  */

    /* OPTIONAL, for elementwise layers: forward and backward of a part of the values, so that a neighbour
     * with epilogues can do them on what it has just made */
    void (*forward_part)(const Layer *l, const Pass *p, Patch part);
    void (*backward_part)(const Layer *l, const Pass *p, Patch part);

    /* OPTIONAL: without them no gradient penalty goes through the layer */
    void (*tangent_forward)(const Layer *l, Pass *p);  /* ry = J rx                        */
    void (*tangent_backward)(const Layer *l, Pass *p); /* rdx = R{Jᵀdy};  dθ += R{∂S/∂θ}   */

    /* OPTIONAL: move running statistics of the pass into the buffers */
    void (*absorb)(Layer *l, const Pass *p);

    /* OPTIONAL: the layer that its options put behind it ("activation" of dense), or NULL */
    const Spec *(*followed_by)(const void *options);

    /* OPTIONAL: multiplications and additions of one row's forward GEMMs; NULL: none */
    double (*flops)(const Layer *l);
} LayerKind;

/* Random numbers for every row of a pass, whichever rank has it: row i of group g is addressed as row
 * g·of + first + i.   out [B,n] */
void pass_uniform(const Pass *p, Mat out);
void pass_normal(const Pass *p, Mat out);
uint32_t pass_row(const Pass *p, int row);

/* For infer: declare an array and get its number. */
int layer_add_param(Layer *l, const char *name, int rank, int rows, int cols, const Spec *init,
                    double fill);
int layer_add_buffer(Layer *l, const char *name, int rank, int rows, int cols, double fill);

/* What layers that normalise end with: y = γ∘x̂ + β, PyTorch's "weight" (1 at first) and "bias" (0), as
 * parameters number 0 and 1 [1,F]; the shape stays. */
void layer_add_gain_and_bias(Layer *l);

extern const Registry layers; /* every kind, activations included */

#endif
