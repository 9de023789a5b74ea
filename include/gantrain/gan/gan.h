/* The GAN: two nets, their optimisers and the traces of one training step.
 *
 * Legend: B batch, X values of one image, Z of one latent, P parameters of a net; m images are packed
 * into a row of D, which so has R = B/m rows of m·X values and gives R logits. */
#ifndef GANTRAIN_GAN_GAN_H
#define GANTRAIN_GAN_GAN_H

#include "gantrain/base/arena.h"
#include "gantrain/data/batcher.h"
#include "gantrain/gan/objective.h"
#include "gantrain/gan/penalty.h"
#include "gantrain/nn/net.h"
#include "gantrain/nn/optim.h"

/* What a config says about the GAN itself; tables in gan/options.c. */
typedef struct GeneratorOptions {
    int64_t latent; /* Z                                                      */
    double ema;     /* decay of the moving average that samples are drawn from; 0: none */
    int64_t steps;  /* updates in a training step                             */
    SpecList layers;
} GeneratorOptions;

typedef struct DiscriminatorOptions {
    int64_t steps;         /* updates in a training step                                */
    int64_t packing;       /* samples in one row of D (Lin et al. 2018, PacGAN)         */
    double label_flipping; /* share of pairs that exchange labels                       */
    double drift;          /* weight of mean D(x)² (Karras et al. 2017, App. A.1)       */
    SpecList layers;
} DiscriminatorOptions;

typedef struct PlayersOptions {
    Spec generator, discriminator;
} PlayersOptions;

typedef struct GanOptions {
    GeneratorOptions generator;
    DiscriminatorOptions discriminator;
    Spec objective;
    Spec penalty;
    PlayersOptions optimizer;
} GanOptions;

extern const Option generator_options[], discriminator_options[], players_options[];

typedef struct Gan {
    const GanOptions *options;
    uint64_t seed;
    int batch; /* B: the rows of this rank, from `first` on among the `whole` of all */
    int first, whole;
    int pack;       /* m                                                                */
    Shape data;     /* of one image                                                     */
    int accumulate; /* batches whose gradients are added up for one update; 1 unless set */
    int reference;  /* N: B where a layer of G needs a reference batch, else 0         */

    Net G, D;
    Net average; /* moving average of G; without layers when there is none        */
    Optim opt_g, opt_d;
    Batcher batcher;

    Mat z;             /* latents of the step, then those of the reference batch [B+N,Z]   */
    Mat images;        /* real rows, fake ones, what G makes of the reference   [2B+N,X]   */
    Mat d_images;      /* ∂L_G/∂G(z), then zeros, where there is a reference     [B+N,X]   */
    Trace gen;         /* G(z), written behind the real rows of images                     */
    Trace both;        /* D on real and fake at once                                       */
    Trace fake;        /* D on the fakes of the generator's turn                           */
    Trace slope;       /* D where the penalty looks; planned only when there is one       */
    Mat points;        /* what it looks at, where it makes points                 [R,mX]  */
    Mat compared;      /* D(x) for an objective that compares                    [R,1]  */
    Mat features;      /* for one that matches: mean f(x), mean f(G(z))          [2,F]  */
    Mat d_feature;     /* ∂L_G/∂f(G(z))                                          [R,F]  */
    double *columns;   /* sums over ranks, where there are several               [X]  */
    real *recv_buffer; /* for gradients from other ranks               [recv_buffer_size]  */
    size_t recv_buffer_size;
    int matched; /* the layer whose output f is                                    */

    int recoveries;        /* how often the learning rates were halved after a divergence */
    uint64_t recovered_at; /* the step that was last gone back to                    */
    uint64_t step;         /* training steps done        */
    uint64_t updates;      /* discriminator updates done */
    uint64_t length;       /* generator updates in all, for schedules; 0 until somebody sets it */
    bool watch;            /* measure update ratios and spreads in the next step; the rest stays */
    Arena arena;
} Gan;

/* What one step measured; what concerns D is of its last update. */
typedef struct StepStats {
    double d_loss, g_loss;
    double penalty;         /* P where it was taken, else 0; not part of d_loss */
    double slope;           /* mean ‖∂D/∂x̂‖ there                               */
    double d_real, d_fake;  /* mean σ(D(x)), mean σ(D(G(z)))                    */
    double d_saturation;    /* share of logits where σ is within 0.01 of 0 or 1 */
    double d_accuracy_real; /* share of D(x) > 0                                */
    double d_accuracy_fake; /* share of D(G(z)) <= 0                            */
    double d_grad_norm, g_grad_norm;
    double d_update_ratio, g_update_ratio; /* |Δθ|/|θ| of the update where Gan.watch, else 0 */
    double data_spread;   /* mat_spread of the real samples of that batch, likewise */
    double sample_spread; /* of its G(z), over data_spread                          */
    bool finite;          /* losses and gradient norms are                    */
} StepStats;

/* gan_build: infer shapes, plan memory once, initialise from the seed.
 *   data     in  where batches come from, or NULL for a GAN that only samples (no step then)
 *   batch    in  rows of a batch of all ranks together
 *   shape    in  of one image
 *   options  in  must outlive the Gan
 * GT_ECONFIG: the nets do not fit the data or each other; GT_ERESOURCE: memory. */
Status gan_build(Gan *g, const GanOptions *options, const Dataset *data, Shape shape, int batch,
                 uint64_t seed, Error *e);

/* gan_reset: the first weights, from the seed, and nothing trained: as gan_build leaves it. */
void gan_reset(Gan *g);

/* gan_scale_lr: from now on all learning rates times 2^-recoveries. */
void gan_scale_lr(Gan *g, int recoveries);

/* gan_step: one iteration of training; allocates nothing and cannot fail. Of several ranks all take it
 * together, each with its rows of the batch, and get the same. */
void gan_step(Gan *g, StepStats *s);

/* gan_gather: bring together what the optimisers of the ranks know, before gan_tensors; collective. */
void gan_gather(Gan *g);

/* gan_prepare: after arrays were written from outside, as out of a checkpoint. */
void gan_prepare(Gan *g);

/* The net that samples come from, ready for passes: the moving average when there is one. */
const Net *gan_sampler(Gan *g);
/* gan_find_nonfinite: after a step that was not finite, what was so first, in words ("the output of layer 2
 * (dense) of the discriminator"). False: everything is finite that can be looked at. */
enum { GAN_WORDS = 160 };
bool gan_find_nonfinite(const Gan *g, char out[GAN_WORDS]);

/* gan_sample: out = G(z) for any number of rows.   z [n,Z], out [n,X]
 * Uses the trace and the latents of the generator: not during a step. */
void gan_sample(Gan *g, View z, Mat out);

/* gan_latents: row i is latent number i of the samples of a seed.   z [n,Z] out */
void gan_latents(uint64_t seed, Mat z);

/* GEMM operations that the mathematics of one step needs. */
double gan_flops(const Gan *g);

/* gan_tensors: every array a checkpoint needs, under its PyTorch-like name, in fixed order:
 * "generator.0.weight", "optimizer.generator.exp_avg.0.weight", "generator_ema.0.weight" ... */
void gan_tensors(const Gan *g, TensorVisit visit, void *args);

/* Whether the array of that name holds squares, which are never negative. */
bool gan_holds_squares(const Gan *g, const char *name);

/* Accepts NULL and a zeroed Gan. */
void gan_close(Gan *g);

#endif
