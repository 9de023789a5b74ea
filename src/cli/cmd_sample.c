/* gantrain sample: checks the request; sample/ draws it. */
#include "args.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/io/apng.h"
#include "gantrain/sample/sample.h"
#include "gantrain/train/progress.h"

static const Flag flags[] = {
    { "--checkpoint", "FILE", "checkpoint with the generator" },
    { "--out", "FILE",
      "FILE.png: one picture; FILE.idx: unsigned bytes [N, height, width]; FILE.npy: float32 [N, "
      "values]; FILE.csv: a table of points with the names of their columns; FOLDER/: one PNG per "
      "image, image-0001.png and so on, with --seeds seed-7.png" },
    { "--count", "N", "number of samples (default 64 images, 2500 points, or a full grid)" },
    { "--seed", "N", "seed of the latents (default: the seed of the run, as in its own samples)" },
    { "--seeds", "1,5,9-12", "one image per seed, the one that --seed S --count 1 draws" },
    { "--grid", "RxC", "rows and columns of the picture (default: about square)" },
    { "--interpolate", NULL,
      "each row of the grid interpolates between two latents, of one class" },
    { "--walk", "K", "animate a closed path through K random latents (default grid 4x8)" },
    { "--frames", "N", "frames of a walk (default: 12 from one latent to the next)" },
    { "--still", NULL, "a walk as one picture: one row per image of --grid (default 8)" },
    { "--interpolate-by", "WAY", "of --interpolate and --walk: slerp (default) or lerp" },
    { "--truncation", "T",
      "truncation trick (BigGAN): redraw latent values outside -T..T; try 1: less variety, in some "
      "models fewer bad images" },
    { "--beside-real", NULL, "show as many real images below the generated ones" },
    { "--nearest", "K", "rows of an image and its K nearest training images (default 10 rows)" },
    { "--data", "DIR", "data of --beside-real and --nearest (default: the data of the run)" },
    { "--animate", "DIR", "instead of sampling: animate the pictures in the run folder DIR" },
    { "--delay", "MS", "milliseconds per frame (default 40; with --animate 400, last 2000)" },
    { "--latents", "FILE.npy", "read the latents from a float32 array [N, latent]" },
    { "--latents-out", "FILE.npy", "also write the latents that were used" },
    { "--class", "K", "the class of every sample; short for --input class=K" },
    { "--input", "NAME=VALUE", "set an input of the model, for every sample" },
    { "--vary", "NAME", "each row of the grid goes through the values of this input" },
    { "--labels-out", "FILE.idx", "also write the classes of the samples" },
    { "--threads", "N", "1..64 (default: number of processors); never changes results" },
    { NULL, NULL, NULL },
};

/* ---- which options go together --------------------------------------------------------------- */

enum { RULE_OTHERS = 20 };

typedef struct Rule {
    const char *option;
    const char *other[RULE_OTHERS];
    const char *message; /* NULL: a generic one that names the pair */
} Rule;

/* `option` excludes all of the others. */
static const Rule exclusions[] = {
    { "--latents",
      { "--count", "--seed", "--interpolate" },
      "--latents brings its own number of latents: leave out --count, --seed and "
      "--interpolate" },
    { "--interpolate",
      { "--count" },
      "--interpolate fills its grid: use --grid instead of --count" },
    { "--walk", { "--count" }, "--walk fills its grid: use --grid instead of --count" },
    { "--seeds",
      { "--count", "--seed", "--latents", "--interpolate", "--walk" },
      "--seeds names every image: leave out --count, --seed, --latents, --interpolate and --walk" },
    { "--interpolate", { "--walk", "--nearest" }, NULL },
    { "--interpolate",
      { "--vary" },
      "--interpolate goes from latent to latent within a class, as there is none between two: use "
      "--class instead of --vary" },
    { "--vary",
      { "--count", "--seeds", "--latents", "--walk", "--nearest", "--beside-real", "--class" },
      NULL },
    { "--walk", { "--latents", "--nearest", "--beside-real" }, NULL },
    { "--truncation", { "--latents" }, NULL },
    { "--nearest",
      { "--grid" },
      "--nearest makes a row of every image: use --count instead of --grid" },
    { "--nearest", { "--beside-real" }, NULL },
    { "--animate",
      { "--checkpoint", "--count", "--seed", "--seeds", "--grid", "--interpolate", "--walk",
        "--interpolate-by", "--truncation", "--beside-real", "--nearest", "--data", "--latents",
        "--latents-out", "--class", "--input", "--vary", "--labels-out", "--frames" },
      "--animate uses the pictures of a run: it takes no options but --out, --delay and "
      "--threads" },
};

/* `option` needs one of the others. */
static const Rule needs[] = {
    { "--frames", { "--walk" }, NULL },
    { "--still", { "--walk" }, NULL },
    { "--interpolate-by", { "--interpolate", "--walk" }, NULL },
    { "--delay", { "--walk", "--animate" }, NULL },
    { "--data", { "--beside-real", "--nearest" }, NULL },
};

static Status check_exclusion(const Args *a, const Rule *r, Error *e)
{
    for (int i = 0; args_has(a, r->option) && i < RULE_OTHERS && r->other[i]; i++)
        if (r->message && args_has(a, r->other[i]))
            return fail(e, GT_EUSAGE, "%s", r->message);
        else
            TRY(args_exclude(a, r->option, r->other[i], e));
    return GT_OK;
}

static Status check_need(const Args *a, const Rule *r, Error *e)
{
    bool met = !args_has(a, r->option);
    for (int i = 0; i < RULE_OTHERS && r->other[i]; i++)
        met = met || args_has(a, r->other[i]);
    if (met)
        return GT_OK;
    return fail(e, GT_EUSAGE, "%s is an option of %s%s%s", r->option, r->other[0],
                r->other[1] ? " and " : "", r->other[1] ? r->other[1] : "");
}

static Status check_rules(const Args *a, Error *e)
{
    for (size_t i = 0; i < sizeof exclusions / sizeof *exclusions; i++)
        TRY(check_exclusion(a, &exclusions[i], e));
    for (size_t i = 0; i < sizeof needs / sizeof *needs; i++)
        TRY(check_need(a, &needs[i], e));
    return GT_OK;
}

/* ---- the request ----------------------------------------------------------------------------- */

static void set_default_grid(SampleRequest *q, int rows, int cols)
{
    if (!q->cols) {
        q->rows = rows;
        q->cols = cols;
    }
}

static Status read_grid(const Args *a, SampleRequest *q, Error *e)
{
    TRY(args_pair(a, "--grid", &q->rows, &q->cols, e));
    if (args_has(a, "--latents")) {
        q->source = LATENTS_FROM_FILE;
    } else if (args_has(a, "--seeds")) {
        q->source = LATENTS_FROM_SEEDS;
    } else if (args_has(a, "--interpolate")) {
        q->source = LATENTS_INTERPOLATED;
        set_default_grid(q, 8, 8);
    } else if (args_has(a, "--walk")) {
        q->source = LATENTS_WALK;
        set_default_grid(q, args_has(a, "--still") ? 1 : 4, 8);
    }
    if (q->source == LATENTS_INTERPOLATED && q->cols < 2)
        return fail(e, GT_EUSAGE, "--interpolate needs a --grid of at least 2 columns");
    return GT_OK;
}

static Status read_path(const Args *a, SampleRequest *q, Error *e)
{
    const char *name = args_value(a, "--interpolate-by");
    q->interpolation = interpolations;
    if (!name)
        return GT_OK;
    while (q->interpolation->name && strcmp(q->interpolation->name, name) != 0)
        q->interpolation++;
    return q->interpolation->name
               ? GT_OK
               : fail(e, GT_EUSAGE, "--interpolate-by: expected slerp or lerp, got \"%s\"", name);
}

static Status read_walk(const Args *a, SampleRequest *q, Error *e)
{
    enum { STEPS = 12 };
    int64_t waypoints, frames, delay;
    TRY(args_integer(a, "--walk", 2, SAMPLE_MAX_WAYPOINTS, 2, &waypoints, e));
    const int64_t most = APNG_MAX_FRAMES, usual = STEPS * waypoints;
    TRY(args_integer(a, "--frames", 2, most, usual < most ? usual : most, &frames, e));
    TRY(args_integer(a, "--delay", 1, APNG_MAX_DELAY, 40, &delay, e));
    q->waypoints = (int)waypoints;
    q->frames = (int)frames;
    q->delay = (int)delay;
    return read_path(a, q, e);
}

static Status read_numbers(const Args *a, SampleRequest *q, Error *e)
{
    int64_t count, neighbours;
    TRY(args_integer(a, "--count", 1, SAMPLE_MAX, 0, &count, e));
    TRY(args_seed(a, -1, &q->seed, e));
    TRY(args_integer(a, "--nearest", 1, SAMPLE_MAX_NEIGHBOURS, 1, &neighbours, e));
    TRY(args_real(a, "--truncation", TRUNCATION_MIN, 100, INFINITY, &q->truncation, e));
    q->count = (int)count;
    q->neighbours = (int)neighbours;
    return args_ranges(a, "--seeds", SAMPLE_MAX_FILES, &q->seeds, &q->n_seeds, e);
}

/* --class K, and --input NAME=VALUE. The names are checked with the model. */
static Status read_inputs(const Args *a, SampleRequest *q, Error *e)
{
    const char *input = args_value(a, "--input"), *equals = input ? strchr(input, '=') : NULL;
    int64_t k;
    TRY(args_exclude(a, "--class", "--input", e));
    TRY(args_integer(a, "--class", 0, LABEL_MAX, 0, &k, e));
    if (args_has(a, "--class"))
        q->input[q->n_inputs++] = (SampleInput){ "class", (double)k };
    if (!input)
        return GT_OK;
    char *end = NULL;
    const double value = equals ? strtod(equals + 1, &end) : 0;
    if (!equals || equals == input || end == equals + 1 || *end)
        return fail(e, GT_EUSAGE, "--input: expected NAME=VALUE such as class=7, got \"%s\"",
                    input);
    snprintf(q->input_name, sizeof q->input_name, "%.*s", (int)(equals - input), input);
    q->input[q->n_inputs++] = (SampleInput){ q->input_name, value };
    return GT_OK;
}

static Status read_request(const Args *a, SampleRequest *q, Error *e)
{
    TRY(args_path(a, "--latents", &q->latents, e));
    TRY(args_path(a, "--latents-out", &q->latents_out, e));
    TRY(args_path(a, "--data", &q->data, e));
    TRY(args_path(a, "--labels-out", &q->labels_out, e));
    q->vary = args_value(a, "--vary");
    TRY(read_inputs(a, q, e));
    q->layout = args_has(a, "--nearest")                           ? LAYOUT_NEIGHBOURS
                : args_has(a, "--beside-real")                     ? LAYOUT_BESIDE_REAL
                : args_has(a, "--walk") && !args_has(a, "--still") ? LAYOUT_ANIMATION
                                                                   : LAYOUT_PLAIN;
    TRY(args_required(a, "--checkpoint", &q->checkpoint, e));
    TRY(args_required(a, "--out", &q->out, e));
    TRY(check_rules(a, e));
    TRY(read_grid(a, q, e));
    TRY(read_walk(a, q, e));
    return read_numbers(a, q, e);
}

/* ---- the command ----------------------------------------------------------------------------- */

static Status animate(const Args *a, Text *out, Error *e)
{
    enum { DELAY = 400, LAST = 2000 };
    const char *dir, *to;
    int64_t delay;
    TRY(check_rules(a, e));
    TRY(args_required(a, "--animate", &dir, e));
    TRY(args_required(a, "--out", &to, e));
    if (!text_has_suffix(to, ".png"))
        return fail(e, GT_EUSAGE, "--out: expected a name that ends in .png, got \"%s\"", to);
    TRY(args_integer(a, "--delay", 1, APNG_MAX_DELAY, DELAY, &delay, e));
    TRY(animation_of_run(dir, to, (int)delay, delay > LAST ? (int)delay : LAST, e));
    text_add(out, "%s\n", to);
    return GT_OK;
}

static Status run(const Args *a, Text *out, Error *e)
{
    TRY(args_threads(a, e));
    if (args_has(a, "--animate"))
        return animate(a, out, e);
    TaskProgress progress = task_progress_start(false, true);
    SampleRequest q = { .data_progress = progress_data, .progress = &progress };
    Status status = read_request(a, &q, e);
    if (status == GT_OK)
        status = sample_run(&q, out, e);
    free(q.seeds);
    return status;
}

static const char epilogue[] =
    "--count N images form a grid that is about square; --grid RxC holds R times C\n"
    "of them; with both, cells may stay empty. Image i of a seed is the same for\n"
    "every --count. A walk into FOLDER/ writes one file per frame; FILE.idx and\n"
    "FILE.npy hold the images of the grid one after the other, each with all its\n"
    "frames.\n"
    "\n"
    "examples:\n"
    "  CKPT=runs/mnist/checkpoints/best.safetensors\n"
    "  gantrain sample --checkpoint $CKPT --count 64 --out digits.png\n"
    "  gantrain sample --checkpoint $CKPT --seeds 1-100 --out overview.png\n"
    "  gantrain sample --checkpoint $CKPT --seeds 7,23,61-63 --out best/\n"
    "  gantrain sample --checkpoint $CKPT --grid 8x12 --interpolate --out between.png\n"
    "  gantrain sample --checkpoint $CKPT --walk 6 --grid 4x8 --out walk.png\n"
    "  gantrain sample --checkpoint $CKPT --grid 4x16 --beside-real --out check.png\n"
    "  gantrain sample --checkpoint $CKPT --nearest 8 --out copies.png\n"
    "  gantrain sample --checkpoint $CKPT --class 7 --out sevens.png\n"
    "  gantrain sample --checkpoint $CKPT --vary class --out classes.png\n"
    "  gantrain sample --checkpoint $CKPT --count 1000 --out more.csv\n"
    "  gantrain sample --animate runs/mnist --out training.png\n";

const Command command_sample = {
    .name = "sample",
    .summary = "Draw images or points from a trained generator.",
    .usage = "sample --checkpoint FILE --out FILE|FOLDER/ [options]\n"
             "       gantrain sample --animate DIR --out FILE.png [--delay MS]",
    .flags = flags,
    .epilogue = epilogue,
    .run = run,
};
