/* Configs that are valid but probably unintended. Each check is a function that fills a message. */
#include <stdio.h>
#include <string.h>

#include "gantrain/gan/penalty.h"
#include "train_parts.h"

enum { MESSAGE = 300 };

static const char *last_layer(const Net *net)
{
    return net->layer[net->n - 1].kind->is.name;
}

/* Objectives take logits and apply the sigmoid themselves. */
static bool has_bounded_logit(const Run *r, char out[MESSAGE])
{
    const char *last = last_layer(&r->gan.D);
    if (strcmp(last, "sigmoid") != 0 && strcmp(last, "tanh") != 0)
        return false;
    snprintf(
        out, MESSAGE,
        "discriminator.layers: D ends in %s, but its objective takes a logit: expected a dense "
        "layer without activation at the end",
        last);
    return true;
}

/* A generator that cannot reach all pixel values, or exceeds their range on one side. */
static bool has_other_range(const Run *r, char out[MESSAGE])
{
    const char *last = last_layer(&r->gan.G);
    const PixelRange *range = r->data.range;
    if (!range)
        return false;
    const char *fits = range->low < 0 ? "tanh" : "sigmoid",
               *other = range->low < 0 ? "sigmoid" : "tanh";
    if (strcmp(last, other) != 0)
        return false;
    snprintf(out, MESSAGE,
             "generator.layers: G ends in %s, but pixels are in %g..%g: expected %s at the end, or "
             "another data.range",
             last, range->low, range->high, fits);
    return true;
}

/* Gulrajani et al. 2017, section 4: the penalty concerns the gradient of each input
 * independently. */
static bool has_mixed_penalty(const Run *r, char out[MESSAGE])
{
    const Spec *penalty = &r->config.gan.penalty;
    for (int i = 0; penalty_every(penalty) && i < r->gan.D.n; i++) {
        const Layer *l = &r->gan.D.layer[i];
        if (strcmp(l->kind->is.name, "batch_norm") != 0)
            continue;
        snprintf(out, MESSAGE,
                 "penalty: %s is defined for each sample alone, but batch_norm (layer %d of the "
                 "discriminator) mixes the samples of a batch: use layer_norm",
                 penalty->is->name, l->number);
        return true;
    }
    return false;
}

void run_warn_config(const Run *r)
{
    static bool (*const checks[])(const Run *, char[MESSAGE]) = {
        has_bounded_logit,
        has_other_range,
        has_mixed_penalty,
    };
    char message[MESSAGE];
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
        if (checks[i](r, message))
            log_warning(r->log, "%s", message);
}
