/* environment.json: facts about the process that change no bit of the run, so that no checkpoint
 * holds them. */
#include "train_parts.h"

#include <math.h>

#include "gantrain/io/durable.h"
#include "gantrain/math/gemm_kernel.h"
#include "gantrain/math/parallel.h"

static void add_number(Text *out, const char *key, long long n)
{
    text_add(out, ",\n  \"%s\": %lld", key, n);
}

static void add_string(Text *out, const char *key, const char *s)
{
    text_add(out, ",\n  \"%s\": ", key);
    json_write_string(out, s);
}

/* The scores of real samples, for the report. */
static void add_real(const Run *r, Text *out)
{
    int n = 0;
    for (int i = 0; i < r->n_real; i++)
        if (isfinite(r->real[i].value)) {
            text_add(out, "%s\"%s\": ", n++ ? ", " : ",\n  \"real_scores\": { ", r->real[i].name);
            json_write_number(out, r->real[i].value);
        }
    text_add(out, n ? " }" : "");
}

static void add_facts(const Run *r, Text *out)
{
    text_add(out, "{\n  \"version\": \"%s\"", GANTRAIN_VERSION);
    add_string(out, "real", REAL_NAME);
    add_string(out, "kernels", gemm_kernel()->name);
    add_number(out, "threads", parallel_threads());
    add_number(out, "processors", parallel_processors());
    add_string(out, "samples", dataset_things(&r->data));
    add_number(out, "data_count", r->data.count);
    add_number(out, "generator_parameters",
               (long long)net_parameters(&r->gan.player[GENERATOR].net));
    add_number(out, "discriminator_parameters",
               (long long)net_parameters(&r->gan.player[DISCRIMINATOR].net));
    add_number(out, "steps", (long long)r->steps);
    const Classifier *c = &r->evaluation.image.classifier;
    if (c->classes > 0) { /* scores are comparable if the ids are the same */
        add_string(out, "classifier", c->id);
        text_add(out, ",\n  \"classifier_accuracy\": %.6g", c->accuracy);
    }
    add_real(r, out);
    text_add(out, ",\n  \"flops_per_step\": %.6g\n}\n", gan_flops(&r->gan));
}

Status environment_write(const Run *r, Error *e)
{
    char path[FOLDER_FILE];
    Text text = { 0 };
    folder_file(&r->folder, "environment.json", path);
    add_facts(r, &text);
    const Status s = text.failed ? fail(e, GT_ERESOURCE, "%s: no memory for it", path)
                                 : durable_write(path, text.at, text.used, e);
    text_free(&text);
    return s;
}
