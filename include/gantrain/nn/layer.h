/* Layers: what defines a kind of layer, and the arrays of one pass through a layer.
 *
 * Legend: B rows of a pass, in/out columns of the layer. `d` = gradient of the loss, `r` = tangent
 * (directional derivative, Pearlmutter 1994), `rd` = tangent of a gradient.
 * Passes overwrite y, dx, ry, rdx and add to parameter gradients (+=). */
#ifndef GANTRAIN_NN_LAYER_H
#define GANTRAIN_NN_LAYER_H

#include <stdbool.h>

#include "gantrain/base/option.h"
#include "gantrain/base/rng.h"
#include "gantrain/base/status.h"
#include "gantrain/math/gemm.h"
#include "gantrain/math/mat.h"

enum {
    LAYER_PARAMS = 5,
    LAYER_BUFFERS = 4,
    LAYER_DRAWN = 4, /* parameters drawn at random come first; part of RNG_VERSION */
    LAYER_ARRAY_NAME = 24
};

/* Bits of Pass.want. */
enum {
    WANT_PARAMS = 1,  /* accumulate parameter gradients                 */
    WANT_INPUT = 2,   /* compute dx                                     */
    WANT_TRAINING = 4 /* dropout drops, batch norm normalises by its batch */
};

/* Properties of a kind of layer. */
enum {
    LAYER_MIXES_BATCH = 1,  /* a row of y depends on other rows of x                          */
    LAYER_HAS_EPILOGUE = 2, /* runs after_y and after_dx                                      */
    LAYER_IN_PLACE = 4,     /* y may overwrite x, which only forward reads, and dx overwrite dy */
    LAYER_COMPARES = 8,     /* mixes the batch outside training too: not for a generator      */
    LAYER_REFERENCE = 16,   /* a reference batch ends every pass: not for a discriminator     */
    LAYER_READS_CLASS = 32  /* reads Pass.label                                               */
};

/* One array of a layer: a trained parameter, or a buffer (running statistics and the like). */
typedef struct LayerArray {
    char name[LAYER_ARRAY_NAME]; /* "weight": the last part of its name in a checkpoint       */
    int rank;                    /* 1: [cols], 2: [rows, cols]                                */
    Mat value;                   /* [rows, cols] in the net's theta or buffers                */
    Mat grad;                    /* [rows, cols] in the net's dtheta; none for a buffer       */
    const Spec *init;            /* initial values; NULL: every number is `fill`              */
    double fill;
    int offset;    /* of its numbers in the net's theta, and in an optimizer's slots          */
    int first_row; /* among the rows of all parameters of the net                            */
    bool column;   /* rank 2 and one row here, [cols, 1] in a checkpoint                      */
} LayerArray;

struct LayerKind;
struct Reparam;
struct GradientSink;

/* The array that a layer computes with in place of a parameter: the parameter itself, in the same
 * memory, or the result of a reparametrisation (nn/reparam.h). */
typedef struct Weight {
    Mat value;        /* [rows, cols] read by every pass                              */
    Mat grad;         /* [rows, cols] every pass adds to it                           */
    bool by_products; /* a backward pass adds one product to grad, nothing else       */

    const struct Reparam *reparam; /* NULL: the parameter itself               */
    const void *options;           /* of the reparametrisation                 */
    const char *name;              /* "weight"                                 */
    int extra;                     /* the first parameter or buffer it added   */
    double *of_row, *of_col;       /* [rows], [cols] cached by it              */
    double norm;                   /* likewise, of the whole weight            */
} Weight;

/* A layer of a built net. */
typedef struct Layer {
    const struct LayerKind *kind;
    const void *options; /* of the kind; owned by the config                      */
    int number;          /* index in the net, as in PyTorch's nn.Sequential       */
    Shape in, out;       /* of one sample                                         */
    Shape data;          /* of a data sample: the output shape for "units": 0     */
    int classes;         /* K, of the data; 0: they have no labels                */
    LayerArray param[LAYER_PARAMS];
    LayerArray buffer[LAYER_BUFFERS];
    int n_params, n_buffers;
    Weight weight[LAYER_PARAMS]; /* passes use weight[j] in place of param[j]    */
    int n_weights;       /* parameters that infer declared; reparametrisations add the others */
    bool reparametrised; /* some weight is not its parameter             */
    int cache_per_row;   /* reals kept between passes for each row       */
    int cache_fixed;     /* and for each group                           */
} Layer;

/* The arrays and settings of one layer in one pass; a layer touches nothing else. */
typedef struct Pass {
    View x;          /* input                          [B,in]  */
    Mat y;           /* output                         [B,out] */
    View dy;         /* dL/dy                          [B,out] */
    Mat dx;          /* dL/dx                          [B,in]  */
    View rx;         /* R{x}                           [B,in]  */
    Mat ry;          /* R{y}                           [B,out] */
    View rdy;        /* R{dL/dy}; no rows: zero        [B,out] */
    Mat rdx;         /* R{dL/dx}                       [B,in]  */
    bool rdx_zero;   /* tangent_backward sets it instead of writing zeros to rdx */
    real *cache;     /* kept from pass to pass: the part per row, then the fixed part */
    int group;       /* rows that share batch statistics        */
    int reference;   /* rows at the end that are the reference batch */
    int row_offset;  /* first row of this rank in the whole group */
    int global_rows; /* rows of the whole group, on all ranks     */
    Draw draw;       /* random numbers of this layer in this pass */
    unsigned want;
    const uint8_t *label; /* class of every row, below K; NULL: no layer reads it   [B] */

    /* For layers that compute y and dx by products: run on finished patches; NULL: nothing. */
    const Epilogue *after_y, *after_dx;
    const struct GradientSink *gradients; /* for pass_add_product and pass_add_sums */
} Pass;

typedef struct LayerKind {
    Entry is;
    unsigned flags;

    /* OPTIONAL: out-shape (initially the in-shape), parameters, buffers, cache. GT_ECONFIG: a
     * misfit, without its location in the config, which the net adds. */
    Status (*infer)(Layer *l, Error *e);

    /* REQUIRED */
    void (*forward)(const Layer *l, Pass *p);  /* y = f(x)             */
    void (*backward)(const Layer *l, Pass *p); /* dx = Jᵀdy;  dθ += …  */

    /* OPTIONAL, for elementwise layers: the same on a patch, in the epilogue of a product */
    void (*forward_part)(const Layer *l, const Pass *p, Patch part);
    void (*backward_part)(const Layer *l, const Pass *p, Patch part);

    /* OPTIONAL: required for gradient penalties */
    void (*tangent_forward)(const Layer *l, Pass *p);  /* ry = J rx                        */
    void (*tangent_backward)(const Layer *l, Pass *p); /* rdx = R{Jᵀdy};  dθ += R{∂S/∂θ}   */

    /* OPTIONAL, for layers with a simple J: out = J·in, or Jᵀ·in, for the passes linear_* below */
    void (*linear)(const Layer *l, const Pass *p, View in, Mat out, bool transpose);

    /* OPTIONAL: update running statistics from those of the pass */
    void (*update_running_stats)(Layer *l, const Pass *p);

    /* OPTIONAL: the layer that the options append to this one ("activation" of dense), or NULL */
    const Spec *(*followed_by)(const void *options);

    /* OPTIONAL: operations of one row's forward GEMMs; NULL: 2 for each number of by_products */
    double (*flops)(const Layer *l);
} LayerKind;

/* ---- for infer: declare an array and return its index ---------------------------------------- */

int layer_add_param(Layer *l, const char *name, int rank, int rows, int cols, const Spec *init,
                    double fill);
int layer_add_buffer(Layer *l, const char *name, int rank, int rows, int cols, double fill);

/* For normalising layers, y = γ∘x̂ + β: PyTorch's "weight" (initially 1) and "bias" (0), parameters
 * 0 and 1 [1,F]; the shape stays. */
void layer_add_gain_and_bias(Layer *l);

/* ---- for passes ------------------------------------------------------------------------------ */

/* pass_add_product: the gradient of weight j += dyᵀ·x.   dy [B,rows], x [B,cols]
 *   `backward` calls it once for every weight, after its last use of the weight: the net may fuse
 *   the optimizer's update with the product.
 * pass_add_sums: the gradient of parameter j, if it exists, += column sums of dy.   dy [B,cols] */
void pass_add_product(const Pass *p, int j, View dy, View x);
void pass_add_sums(const Pass *p, int j, View dy);

/* pass_for: work(l, p, i) for every i in [0, n), on all threads. */
typedef void PassWork(const Layer *l, const Pass *p, int i);
void pass_for(const Layer *l, const Pass *p, int n, PassWork *work);

/* Passes by LayerKind.linear, without gradients of parameters. */
void linear_backward(const Layer *l, Pass *p);
void linear_tangent_forward(const Layer *l, Pass *p);
void linear_tangent_backward(const Layer *l, Pass *p);

/* Random numbers of every row, addressed by its row in the global batch (pass_row).   out [B,n] */
uint32_t pass_row(const Pass *p, int row);
void pass_uniform(const Pass *p, Mat out);
void pass_normal(const Pass *p, Mat out);

extern const Registry layers; /* every kind, activations included */

/* ---- activations: elementwise functions; each row is also a kind of layer -------------------- */

/* Over arrays of n: value: y = f(a); d1: out = f'(a) ∘ v; d2: out += f''(a) ∘ v ∘ w, or NULL: 0. */
typedef struct Activation {
    LayerKind layer; /* first, so that a row is a layer kind */
    void (*value)(const void *options, size_t n, const real *a, real *y);
    void (*d1)(const void *options, size_t n, const real *a, const real *y, const real *v,
               real *out);
    void (*d2)(const void *options, size_t n, const real *a, const real *y, const real *v,
               const real *w, real *out);
    void (*range)(const void *options, double *low, double *high); /* of y; may be infinite */
} Activation;

/* The activation that layer l is, or NULL. */
const Activation *activation_of(const Layer *l);

extern const Registry activations;
extern const Activation activation_linear; /* y = a: nets omit it */

#endif
