/* Configs that are valid but probably unintended. Each check is a function that fills a message. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "gantrain/gan/penalty.h"
#include "gantrain/nn/layer.h"
#include "train_parts.h"

enum { MESSAGE = 300 };

/* What the last layer of a net gives, if it is an activation. */
typedef struct Output {
    const char *name;
    double low, high;
} Output;

static Output last_output(const Net *net)
{
    const Layer *l = &net->layer[net->n - 1];
    const Activation *f = activation_of(l);
    Output out = { l->kind->is.name, -INFINITY, INFINITY };
    if (f)
        f->range(l->options, &out.low, &out.high);
    return out;
}

/* Objectives take logits and apply the sigmoid themselves. */
static bool has_bounded_logit(const Run *r, char out[MESSAGE])
{
    const Output last = last_output(&r->gan.player[DISCRIMINATOR].net);
    if (isinf(last.low) && isinf(last.high))
        return false;
    snprintf(
        out, MESSAGE,
        "discriminator.layers: D ends in %s, but its objective takes a logit: expected a dense "
        "layer without activation at the end",
        last.name);
    return true;
}

/* The range of pixels, or of the values of all points. */
static Output range_of_data(const Dataset *d)
{
    if (d->range)
        return (Output){ "pixels", d->range->low, d->range->high };
    const size_t n = (size_t)d->count * (size_t)shape_size(d->shape);
    Output all = { "points", INFINITY, -INFINITY };
    for (size_t i = 0; i < n; i++) {
        all.low = fmin(all.low, (double)d->points[i]);
        all.high = fmax(all.high, (double)d->points[i]);
    }
    return all;
}

/* The activation with just this range; of data without one a dense layer. */
static const char *expected_end(const Dataset *d)
{
    for (const Entry *const *row = activations.entry; d->range && *row; row++) {
        const Activation *f = (const Activation *)*row;
        double low, high;
        if (f->layer.is.options)
            continue; /* its range depends on them */
        f->range("", &low, &high);
        if (low >= d->range->low && low <= d->range->low && high >= d->range->high &&
            high <= d->range->high)
            return f->layer.is.name;
    }
    return "a dense layer without activation";
}

/* A generator that cannot reach all values of the data, or is bounded elsewhere. */
static bool has_other_range(const Run *r, char out[MESSAGE])
{
    const Output last = last_output(&r->gan.player[GENERATOR].net), data = range_of_data(&r->data);
    const bool too_narrow = last.low > data.low || last.high < data.high;
    const bool bounded = !isinf(last.low) && !isinf(last.high);
    const bool too_wide =
        r->data.range && bounded && (last.low < data.low || last.high > data.high);
    if (!too_narrow && !too_wide)
        return false;
    snprintf(out, MESSAGE,
             "generator.layers: G ends in %s, which gives %.3g..%.3g, but %s are in %.3g..%.3g: "
             "expected %s at the end%s",
             last.name, last.low, last.high, data.name, data.low, data.high, expected_end(&r->data),
             r->data.range ? ", or another data.range" : "");
    return true;
}

/* Gulrajani et al. 2017, section 4: the penalty concerns the gradient of each input
 * independently. */
static bool has_mixed_penalty(const Run *r, char out[MESSAGE])
{
    const Spec *penalty = &r->config.gan.penalty;
    for (int i = 0; penalty_every(penalty) && i < r->gan.player[DISCRIMINATOR].net.n; i++) {
        const Layer *l = &r->gan.player[DISCRIMINATOR].net.layer[i];
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

/* New rows of a table have a class only where the model reads it. */
static bool has_unread_label(const Run *r, char out[MESSAGE])
{
    const char *label = r->data.units.label;
    if (!label || gan_find_input(&r->gan, "class") >= 0)
        return false;
    snprintf(out, MESSAGE,
             "data.label: no layer of the generator reads \"%.60s\": samples will not have this "
             "column; add {\"kind\": \"label\"} as the first layer of both nets",
             label);
    return true;
}

void run_warn_config(const Run *r)
{
    static bool (*const checks[])(const Run *, char[MESSAGE]) = {
        has_bounded_logit,
        has_other_range,
        has_mixed_penalty,
        has_unread_label,
    };
    char message[MESSAGE];
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
        if (checks[i](r, message))
            log_warning(r->log, "%s", message);
}
