/* Reparametrisations: what a layer computes with is made from what is learnt. A row of `reparams` per
 * method; any layer with weights can use them.
 *
 * A layer that lets a config choose one has WeightOptions in its options, OPT_WEIGHT in its table and
 * layer_add_weight in infer; its passes then read l->weight[j].value and accumulate into
 * l->weight[j].grad. The rest is done by the net: after a backward pass the gradient is pulled back to
 * the parameters, and when those have moved, the weight is made anew. */
#ifndef GANTRAIN_NN_REPARAM_H
#define GANTRAIN_NN_REPARAM_H

#include "gantrain/nn/init.h"
#include "gantrain/nn/layer.h"

/* A row works on weight j of a layer: W = param[j] is learnt, w = weight[j].value is computed with. */
typedef struct Reparam {
    Entry is;
    const char *suffix; /* of the name of W, as in PyTorch: "weight" is learnt as "weight_orig" */
    const char *init;   /* the one init that W may begin from; NULL: any                        */

    /* OPTIONAL: add parameters and buffers to the layer */
    void (*declare)(Layer *l, int j);
    /* OPTIONAL: first values of those, after W has its own */
    void (*begin)(Layer *l, int j, Draw d);
    /* w from W and the rest. step: W has just moved in training, estimates may follow it; without that
     * nothing but w changes, and what was saved gives the same bits as what was running */
    void (*refresh)(Layer *l, int j, bool step);
    /* dW and the rest += what dw says; dw = 0 */
    void (*pull_back)(Layer *l, int j);
} Reparam;

extern const Registry reparams;

/* What a config says about a weight. */
typedef struct WeightOptions {
    Spec reparam, init;
} WeightOptions;

/* Its two rows in the table of a layer: f is the field, start the default of "init". */
#define OPT_WEIGHT(S, f, start)                                                                    \
    { .name = "weight",                                                                            \
      .type = OPTION_SPEC,                                                                         \
      .offset = offsetof(S, f) + offsetof(WeightOptions, reparam),                                 \
      .initial = "none",                                                                           \
      .registry = &reparams,                                                                       \
      .help = "how the weights are made from what is learnt" },                                    \
    {                                                                                              \
        .name = "init", .type = OPTION_SPEC,                                                       \
        .offset = offsetof(S, f) + offsetof(WeightOptions, init), .initial = start,                \
        .initial_for = weight_initial, .registry = &inits,                                         \
        .help = "how the weights begin; when they are equalized: standard_normal"                  \
    }
const char *weight_initial(const void *init);

/* layer_add_weight: for infer, instead of layer_add_param: the weight [rows, cols] gets the next number.
 * GT_ECONFIG: an init that the reparametrisation excludes. */
Status layer_add_weight(Layer *l, const char *name, int rows, int cols, const WeightOptions *o,
                        Error *e);

/* For the net, over all weights of a layer. weights_declare: after infer; weights_plan: when param[] is
 * aimed; weight_begin: after all first values. The other two as in the row. */
void weights_declare(Layer *l);
void weights_plan(Layer *l, Arena *a);
void weight_begin(Layer *l, int j, Draw d);
void weights_refresh(Layer *l, bool step);
void weights_pull_back(Layer *l);

#endif
