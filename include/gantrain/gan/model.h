/* Models: which players there are, and what a training step does with them. A row of `models` per
 * method. */
#ifndef GANTRAIN_GAN_MODEL_H
#define GANTRAIN_GAN_MODEL_H

#include "gantrain/gan/passes.h"
#include "gantrain/gan/settings.h"

typedef struct Model {
    Entry is;
    const char *inputs;            /* that a sample is made from, for users                  */
    const char *refuses[SETTINGS]; /* why, and what is expected instead; NULL: accepted      */
    /* Adds players and inputs, infers the shapes of the players, checks that they fit the data and
     * each other, and sets g->batch. Errors add up. */
    Status (*infer)(Gan *g, Error *e);
    /* Takes the arrays of a step, or of sampling alone where g->dataset is NULL. Runs twice. */
    void (*plan)(Gan *g, Arena *a);
    /* Sets what is constant during training and in no checkpoint; called by gan_reset. */
    void (*reset)(Gan *g);
    /* The paper's algorithm. */
    void (*step)(Gan *g, StepStats *s);
    /* The passes of a step, in order. */
    int (*passes)(const Gan *g, GanPass pass[GAN_PASSES]);
    /* Samples for at most g->batch rows.   inputs [n,W], out [n,X] */
    void (*sample)(Gan *g, View inputs, Mat out);
} Model;

extern const Registry models;

#endif
