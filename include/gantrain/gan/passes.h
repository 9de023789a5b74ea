/* The passes of a training step: the description of a step that memory planning, operation
 * counts, timing and the search for non-finite values read. tests/unit/test_passes.c compares it
 * with the step. */
#ifndef GANTRAIN_GAN_PASSES_H
#define GANTRAIN_GAN_PASSES_H

#include "gantrain/gan/gan.h"

/* Parts of a pass. */
enum {
    PASS_FORWARD = 1,
    PASS_TO_PARAMS = 2, /* backward to the parameters            */
    PASS_TO_INPUT = 4,  /* backward to the input of the net      */
    PASS_TANGENTS = 8   /* tangents forward and back to the parameters */
};

typedef struct GanPass {
    const Net *net;
    const Trace *trace;
    int rows;
    unsigned parts;
    double times; /* per step, on average: penalties have intervals */
} GanPass;

enum { GAN_PASSES = 7 };

/* Batches of real samples in a step. */
int gan_d_batches(const Gan *g);

/* gan_passes: the passes that a step makes with the options of g, in order; returns how many. */
int gan_passes(const Gan *g, GanPass pass[GAN_PASSES]);

/* Matrix products of one layer in a pass, by the shape of the result. */
typedef struct LayerProducts {
    int y;  /* x·Wᵀ [rows,out] */
    int dW; /* dyᵀ·x [out,in]  */
    int dx; /* dy·W [rows,in]  */
} LayerProducts;
LayerProducts pass_products(const GanPass *p, int layer);

#endif
