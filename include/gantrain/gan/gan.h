/* The GAN: two nets, their optimisers and the traces of one training step.
 *
 * Legend: B batch, X values of one image, Z of one latent, P parameters of a net. */
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
    SpecList layers;
} GeneratorOptions;

typedef struct DiscriminatorOptions {
    int64_t steps; /* updates per generator update */
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
    int batch;  /* B                                                                */
    Shape data; /* of one image                                                     */

    Net G, D;
    Net average; /* moving average of G; without layers when there is none        */
    Optim opt_g, opt_d;
    Batcher batcher;

    Mat z;       /* latents of the step                                      [B,Z]   */
    Mat images;  /* real rows, then the fake ones                           [2B,X]   */
    Trace gen;   /* G(z), written into the second half of images                     */
    Trace both;  /* D on real and fake at once                                       */
    Trace fake;  /* D on the fakes of the generator's turn                           */
    Trace slope; /* D where the penalty looks; planned only when there is one       */

    uint64_t step;    /* generator updates done     */
    uint64_t updates; /* discriminator updates done */
    uint64_t length;  /* generator updates in all, for schedules; 0 until somebody sets it */
    bool watch;       /* measure update ratios in the next step; its other results stay    */
    Arena arena;
} Gan;

/* What one step measured; what concerns D is of its last update. */
typedef struct StepStats {
    double d_loss, g_loss;
    double penalty;         /* P where it was taken, else 0; not part of d_loss */
    double d_real, d_fake;  /* mean σ(D(x)), mean σ(D(G(z)))                    */
    double d_accuracy_real; /* share of D(x) > 0                                */
    double d_accuracy_fake; /* share of D(G(z)) <= 0                            */
    double d_grad_norm, g_grad_norm;
    double d_update_ratio, g_update_ratio; /* |Δθ|/|θ| of the update where Gan.watch, else 0 */
    bool finite;                           /* losses and gradient norms are                    */
} StepStats;

/* gan_build: infer shapes, plan memory once, initialise from the seed.
 *   data     in  where batches come from, or NULL for a GAN that only samples (no step then)
 *   shape    in  of one image
 *   options  in  must outlive the Gan
 * GT_ECONFIG: the nets do not fit the data or each other; GT_ERESOURCE: memory. */
Status gan_build(Gan *g, const GanOptions *options, const Dataset *data, Shape shape, int batch,
                 uint64_t seed, Error *e);

/* gan_step: one iteration of training; allocates nothing and cannot fail. */
void gan_step(Gan *g, StepStats *s);

/* The net that samples come from: the moving average when there is one. */
const Net *gan_sampler(const Gan *g);

/* gan_sample: out = G(z) for any number of rows.   z [n,Z], out [n,X]
 * Uses the trace of the generator: not during a step. */
void gan_sample(Gan *g, View z, Mat out);

/* gan_latents: row i is latent number i of the samples of a seed.   z [n,Z] out */
void gan_latents(uint64_t seed, Mat z);

/* GEMM operations that the mathematics of one step needs. */
double gan_flops(const Gan *g);

/* gan_tensors: every array a checkpoint needs, under its PyTorch-like name, in fixed order:
 * "generator.0.weight", "optimizer.generator.exp_avg.0.weight", "generator_ema.0.weight" ... */
typedef void (*TensorVisit)(void *args, const char *name, int rank, Mat values);
void gan_tensors(const Gan *g, TensorVisit visit, void *args);

/* Accepts NULL and a zeroed Gan. */
void gan_close(Gan *g);

#endif
