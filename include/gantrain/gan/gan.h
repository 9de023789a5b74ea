/* GANs: players, each a net with its optimizer, and what a training step does with them.
 *
 * Legend: B batch of this rank, X values of one image, Z of one latent, N reference batch; m
 * images are packed into a row of D, which has R = B/m rows of m·X values and returns R logits. */
#ifndef GANTRAIN_GAN_GAN_H
#define GANTRAIN_GAN_GAN_H

#include "gantrain/base/arena.h"
#include "gantrain/data/batcher.h"
#include "gantrain/gan/objective.h"
#include "gantrain/gan/penalty.h"
#include "gantrain/nn/net.h"
#include "gantrain/nn/optim.h"

/* The GAN's part of a config; tables in gan/options.c. */
typedef struct GeneratorOptions {
    int64_t latent; /* Z                                                      */
    double ema;     /* decay of the moving average that samples are drawn from; 0: none */
    int64_t steps;  /* updates in a training step                             */
    SpecList layers;
} GeneratorOptions;

typedef struct DiscriminatorOptions {
    int64_t steps;         /* updates in a training step                                */
    int64_t packing;       /* m (Lin et al. 2018, PacGAN)                               */
    double label_flipping; /* probability that a pair exchanges labels                  */
    double drift;          /* weight of mean D(x)² (Karras et al. 2017, App. A.1)       */
    SpecList layers;
} DiscriminatorOptions;

typedef struct PlayersOptions {
    Spec generator, discriminator;
} PlayersOptions;

typedef struct GanOptions {
    Spec model; /* of `models` (gan/model.h) */
    GeneratorOptions generator;
    DiscriminatorOptions discriminator;
    Spec objective;
    Spec penalty;
    PlayersOptions optimizer;
} GanOptions;

extern const Option generator_options[], discriminator_options[], players_options[];

/* A net that a step updates. */
typedef struct Player {
    Net net;
    Net average; /* moving average of its weights; without layers: there is none */
    Optim optim;
    const Spec *optimizer; /* its settings                                    */
    double ema;            /* decay of the average                            */
    int per_step;          /* updates in a training step                      */
} Player;

/* One generator against one discriminator: the arrays and passes of their updates. */
typedef struct Game {
    struct Gan *gan;
    Player *G, *D;
    Batcher batcher;
    int pack;      /* m                                                            */
    int reference; /* N: B where a layer of G needs a reference batch, else 0      */

    Mat z;             /* latents of a batch, then of the reference batch        [B+N,Z]  */
    Mat images;        /* real samples, fakes, outputs for the reference batch   [2B+N,X] */
    uint8_t *label;    /* classes of those rows, where a layer reads them        [2B+N]   */
    Trace g_trace;     /* G(z), written behind the real samples in images                 */
    Trace d_trace;     /* D on real samples and fakes together                            */
    Trace d_on_fake;   /* D in the generator's turn                                       */
    Trace d_on_points; /* D at the points of the penalty                                  */

    /* each planned only where the options need it */
    Mat points;             /* computed points of the penalty                    [R,mX]   */
    Mat flipped, d_flipped; /* logits after the exchange of labels, ∂L_D/∂them   [2R,1]   */
    Mat d_images;           /* ∂L_G/∂G(z), then zeros for the reference batch    [B+N,X]  */

    int g_layer;     /* the layer of D whose outputs L_G reads, F per row                 */
    Mat on_real;     /* D(x) there, where L_G reads it                           [R,F]    */
    Mat d_output;    /* ∂L_G/∂D(G(z)) there                                      [R,F]    */
    Mat means;       /* of features, where L_G matches them                      [2,F]    */
    double *columns; /* column sums over ranks                                   [X]      */
} Game;

/* Players: a generator, from inputs to samples, comes first in every model. */
enum { GENERATOR, DISCRIMINATOR, GAN_PLAYERS = 2 };

/* A named part of the row of numbers that a sample is made from. */
typedef struct Input {
    const char *name; /* "latent", "class"                                             */
    int cols;         /* numbers in the row; a choice is one number                    */
    int of;           /* a choice: a number from 0 to of - 1; 0: normal random numbers */
} Input;

enum { GAN_INPUTS = 2 };

typedef struct Gan {
    const struct Model *model;
    const GanOptions *options;
    uint64_t seed;
    int global_batch;       /* rows of a batch of all ranks                                */
    int batch, row_offset;  /* B, and the first of these rows in that batch                */
    const Dataset *dataset; /* NULL: samples only                                          */
    Shape data;             /* of one image                                                */
    int classes;            /* K, of the data; 0: they have no labels                      */
    int accumulate;         /* batches whose mean gradient makes an update; 1 unless set   */

    Player player[GAN_PLAYERS]; /* in the order of checkpoints                             */
    int players;
    Input input[GAN_INPUTS]; /* the latent comes first                                     */
    int inputs;
    Game game;

    real *recv_buffer; /* gradients of other ranks                    [recv_buffer_size]   */
    size_t recv_buffer_size;

    int recoveries;        /* halvings of the learning rates after divergences             */
    uint64_t recovered_at; /* the step of the last rollback                                */
    uint64_t step;         /* training steps done                                          */
    uint64_t updates;      /* discriminator updates done                                   */
    uint64_t length;       /* generator updates of the whole run, for schedules; 0: unknown */
    bool measure;          /* the next step measures update ratios and spreads             */
    Arena arena;
} Gan;

/* Measurements of one step; those of D are of its last update. */
typedef struct StepStats {
    double d_loss, g_loss;
    double penalty;         /* P where it was taken, else 0; not part of d_loss */
    double slope;           /* mean ‖∂D/∂x̂‖ there                               */
    double d_real, d_fake;  /* mean σ(D(x)), mean σ(D(G(z)))                    */
    double d_saturation;    /* fraction of logits where σ is within 0.01 of 0 or 1 */
    double d_accuracy_real; /* fraction of D(x) > 0                             */
    double d_accuracy_fake; /* fraction of D(G(z)) <= 0                         */
    double d_grad_norm, g_grad_norm;
    double d_update_ratio, g_update_ratio; /* |Δθ|/|θ| of the update if Gan.measure, else 0 */
    double data_spread;   /* mat_spread of the real samples of that batch, likewise */
    double sample_spread; /* of its G(z), over data_spread                          */
    bool finite;          /* losses and gradient norms are                          */
} StepStats;

/* gan_build: infers shapes, plans memory once, initialises from the seed.
 *   data     in  source of batches, or NULL for a GAN that only samples (no step then)
 *   batch    in  rows of a batch of all ranks together
 *   shape    in  of one image;  classes  in  K of the data, for layers that read classes
 *   options  in  must outlive the Gan
 * GT_ECONFIG: the nets do not fit the data or each other; GT_ERESOURCE: memory. Errors add to those
 * that `e` holds; then only the nets are checked. */
Status gan_build(Gan *g, const GanOptions *options, const Dataset *data, Shape shape, int classes,
                 int batch, uint64_t seed, Error *e);

/* gan_reset: the state after gan_build: initial weights from the seed, nothing trained. */
void gan_reset(Gan *g);

/* gan_scale_lr: multiplies all learning rates of later steps by 2^-recoveries. */
void gan_scale_lr(Gan *g, int recoveries);

/* gan_step: one iteration of training; allocates nothing and cannot fail. All ranks call it
 * together, each with its rows of the batch, and get the same weights and statistics. */
void gan_step(Gan *g, StepStats *s);

/* gan_gather_optimizer: every rank gets the whole optimizer state for gan_tensors; collective. */
void gan_gather_optimizer(Gan *g);

/* gan_refresh_weights: call after writing to arrays from outside, as from a checkpoint. */
void gan_refresh_weights(Gan *g);

/* The net that samples are drawn from, ready for passes: the moving average if there is one. */
const Net *gan_sampler(Gan *g);

/* gan_find_nonfinite: after a step that was not finite, names the array that was so first ("the
 * output of layer 2 (dense) of the discriminator"). False: every array that it left is finite. */
enum { GAN_NONFINITE_MAX = 160 };
bool gan_find_nonfinite(const Gan *g, char out[GAN_NONFINITE_MAX]);

/* W, the numbers that a sample is made from: those of all inputs, side by side. */
int gan_input_cols(const Gan *g);

/* The first column of the input called `name`; -1: there is none. */
int gan_find_input(const Gan *g, const char *name);

/* gan_inputs: row i has latent number i of a seed; a choice of `of` values is i mod `of`.
 *   out [n,W] */
void gan_inputs(const Gan *g, uint64_t seed, Mat out);

/* gan_sample: samples for any number of rows.   inputs [n,W], out [n,X]
 * Uses the arrays of the step: not during one. */
void gan_sample(Gan *g, View inputs, Mat out);

/* gan_latents: row i is latent number i of the samples of a seed.   z [n,Z] out */
void gan_latents(uint64_t seed, Mat z);

/* Multiplications and additions of the matrix products in one step. */
double gan_flops(const Gan *g);

/* gan_tensors: every array a checkpoint needs, under its PyTorch-like name, in fixed order:
 * "generator.0.weight", "optimizer.generator.exp_avg.0.weight", "generator_ema.0.weight" ... */
void gan_tensors(const Gan *g, TensorVisit visit, void *args);

/* Whether the array of that name holds squares, which are never negative. */
bool gan_holds_squares(const Gan *g, const char *name);

/* Accepts NULL and a zeroed Gan. */
void gan_close(Gan *g);

#endif
