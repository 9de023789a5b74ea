/* gantrain sample: what is asked for, checked; run/sample/ does it, and sample/film.c the film of a run. */
#include "args.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/io/apng.h"
#include "gantrain/sample/animation.h"
#include "gantrain/sample/sample.h"

static const Flag flags[] = {
    { "--checkpoint", "FILE", NULL, "a checkpoint of a run" },
    { "--out", "FILE", NULL,
      "FILE.png: one picture; FILE.idx: N x height x width unsigned bytes; FILE.npy: float32 [N, "
      "values]; FOLDER/: image-0001.png and so on (with --seeds seed-7.png), a file each" },
    { "--count", "N", NULL, "how many (default 64 images, 2500 points, or what the grid holds)" },
    { "--seed", "N", NULL, "of the latents (default: the seed of the run, so its own grid)" },
    { "--seeds", "1,5,9-12", NULL,
      "one image of each: what --seed S --count 1 makes of it, so that a seed names an image" },
    { "--grid", "RxC", NULL, "rows and columns of the PNG (default: about square)" },
    { "--interpolate", NULL, NULL, "every row of the grid walks from one latent to another" },
    { "--walk", "K", NULL,
      "a closed walk through K random latents: every image of the grid (default 4x8) moves, and "
      "FILE.png is an animation" },
    { "--frames", "N", NULL, "of a walk (default: 12 from one latent to the next)" },
    { "--still", NULL, NULL, "a walk as one picture: a row for every image of --grid (default 8)" },
    { "--interpolate-by", "WAY", NULL,
      "of --interpolate and --walk: slerp (default), on the sphere; lerp, straight" },
    { "--truncation", "T", NULL,
      "draw values of latents beyond -T..T again (BigGAN; try 1): less variety, in some models "
      "fewer odd images" },
    { "--beside-real", NULL, NULL, "as many images of the data under the generated ones" },
    { "--nearest", "K", NULL,
      "a row for every image (default 10): the image, then the K training images nearest to it" },
    { "--data", "DIR", NULL, "of --beside-real and --nearest (default: the data of the run)" },
    { "--animate", "DIR", NULL,
      "no samples: an animation of the pictures that a training left in its run folder" },
    { "--delay", "MS", NULL,
      "milliseconds that a frame is shown (default 40; 400 of a training, the last one 2000)" },
    { "--latents", "FILE.npy", NULL, "take the latents from a float32 array [N, latent]" },
    { "--latents-out", "FILE.npy", NULL, "write down the latents that were used" },
    { "--class", "K", NULL, "ask a conditional model for this class" },
    { "--labels-out", "FILE.idx", NULL, "write down the classes that were asked for" },
    { "--threads", "N", NULL, "1..64 (default: the processors there are); never changes results" },
    { NULL, NULL, NULL, NULL },
};

/* ---- which options go together --------------------------------------------------------------------- */

enum { RULE_OTHERS = 18 };

/* `option` goes with none of the others. */
typedef struct Clash {
    const char *option;
    const char *other[RULE_OTHERS];
    const char *text; /* NULL: the pair is named */
} Clash;

static const Clash clashes[] = {
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
    { "--walk", { "--latents", "--nearest", "--beside-real" }, NULL },
    { "--truncation", { "--latents" }, NULL },
    { "--nearest",
      { "--grid" },
      "--nearest makes a row of every image: use --count instead of --grid" },
    { "--nearest", { "--beside-real" }, NULL },
    { "--animate",
      { "--checkpoint", "--count", "--seed", "--seeds", "--grid", "--interpolate", "--walk",
        "--interpolate-by", "--truncation", "--beside-real", "--nearest", "--data", "--latents",
        "--latents-out", "--class", "--labels-out", "--frames" },
      "--animate shows the pictures that a run has: of the other options it takes --out, --delay "
      "and --threads" },
};

/* `option` means something only with one of the others. */
static const Clash needs[] = {
    { "--frames", { "--walk" }, NULL },
    { "--still", { "--walk" }, NULL },
    { "--interpolate-by", { "--interpolate", "--walk" }, NULL },
    { "--delay", { "--walk", "--animate" }, NULL },
    { "--data", { "--beside-real", "--nearest" }, NULL },
};

static Status check_clash(const Args *a, const Clash *c, Error *e)
{
    for (int i = 0; args_value(a, c->option) && i < RULE_OTHERS && c->other[i]; i++)
        if (args_value(a, c->other[i]))
            return c->text
                       ? fail(e, GT_EUSAGE, "%s", c->text)
                       : fail(e, GT_EUSAGE, "%s and %s exclude each other", c->option, c->other[i]);
    return GT_OK;
}

static Status check_need(const Args *a, const Clash *c, Error *e)
{
    bool there = !args_value(a, c->option);
    for (int i = 0; i < RULE_OTHERS && c->other[i]; i++)
        there = there || args_value(a, c->other[i]);
    if (there)
        return GT_OK;
    return fail(e, GT_EUSAGE, "%s is an option of %s%s%s", c->option, c->other[0],
                c->other[1] ? " and " : "", c->other[1] ? c->other[1] : "");
}

static Status check_together(const Args *a, Error *e)
{
    for (size_t i = 0; i < sizeof clashes / sizeof *clashes; i++)
        TRY(check_clash(a, &clashes[i], e));
    for (size_t i = 0; i < sizeof needs / sizeof *needs; i++)
        TRY(check_need(a, &needs[i], e));
    return GT_OK;
}

/* ---- what is asked for ------------------------------------------------------------------------------ */

typedef struct SourceWord {
    const char *option;
    LatentSource source;
    int rows, cols; /* of the grid that it fills when none is given */
} SourceWord;

/* The first that is given. */
static const SourceWord sources[] = {
    { "--latents", LATENTS_FROM_FILE, 0, 0 },
    { "--seeds", LATENTS_FROM_SEEDS, 0, 0 },
    { "--interpolate", LATENTS_INTERPOLATED, 8, 8 },
    { "--walk", LATENTS_WALK, 4, 8 },
};

static void choose_source(const Args *a, SampleRequest *q)
{
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        if (!args_value(a, sources[i].option))
            continue;
        q->source = sources[i].source;
        if (!q->cols) {
            q->rows = sources[i].rows;
            q->cols = sources[i].cols;
        }
        return;
    }
}

static Status read_grid(const Args *a, SampleRequest *q, Error *e)
{
    TRY(args_pair(a, "--grid", &q->rows, &q->cols, e));
    if (args_value(a, "--still") && !q->cols) {
        q->rows = 1;
        q->cols = 8;
    }
    choose_source(a, q);
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
    int64_t stops, frames, delay;
    TRY(args_integer(a, "--walk", 2, SAMPLE_MAX_STOPS, 2, &stops, e));
    const int64_t most = APNG_MAX_FRAMES, usual = STEPS * stops;
    TRY(args_integer(a, "--frames", 2, most, usual < most ? usual : most, &frames, e));
    TRY(args_integer(a, "--delay", 1, APNG_MAX_DELAY, 40, &delay, e));
    q->stops = (int)stops;
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

static SampleLayout layout_of(const Args *a)
{
    return args_value(a, "--nearest")       ? LAYOUT_NEIGHBOURS
           : args_value(a, "--beside-real") ? LAYOUT_BESIDE_REAL
           : !args_value(a, "--walk")       ? LAYOUT_PLAIN
           : args_value(a, "--still")       ? LAYOUT_PLAIN
                                            : LAYOUT_ANIMATION;
}

static Status read_request(const Args *a, SampleRequest *q, Error *e)
{
    const SampleForm *form;
    TRY(args_path(a, "--latents", &q->latents, e));
    TRY(args_path(a, "--latents-out", &q->latents_out, e));
    TRY(args_path(a, "--data", &q->data, e));
    q->classes = args_value(a, "--class") || args_value(a, "--labels-out");
    q->layout = layout_of(a);
    TRY(args_required(a, "--checkpoint", &q->checkpoint, e));
    TRY(args_required(a, "--out", &q->out, e));
    TRY(sample_find_form(q, &form, e));
    TRY(check_together(a, e));
    TRY(read_grid(a, q, e));
    TRY(read_walk(a, q, e));
    return read_numbers(a, q, e);
}

/* ---- the command ------------------------------------------------------------------------------------ */

static Status animate(const Args *a, Text *out, Error *e)
{
    enum { DELAY = 400, LAST = 2000 };
    const char *dir, *to;
    int64_t delay;
    TRY(check_together(a, e));
    TRY(args_required(a, "--animate", &dir, e));
    TRY(args_required(a, "--out", &to, e));
    if (!text_ends(to, ".png"))
        return fail(e, GT_EUSAGE, "--out: expected a name that ends in .png, got \"%s\"", to);
    TRY(args_integer(a, "--delay", 1, APNG_MAX_DELAY, DELAY, &delay, e));
    TRY(animation_of_run(dir, to, (int)delay, delay > LAST ? (int)delay : LAST, e));
    text_add(out, "%s\n", to);
    return GT_OK;
}

static Status run(const Args *a, Text *out, Error *e)
{
    TRY(args_threads(a, e));
    if (args_value(a, "--animate"))
        return animate(a, out, e);
    SampleRequest q = { 0 };
    Status status = read_request(a, &q, e);
    if (status == GT_OK)
        status = sample_run(&q, out, e);
    free(q.seeds);
    return status;
}

static const char epilogue[] =
    "how many, and where: --count N images stand in a grid that is about square; --grid RxC holds "
    "R\n"
    "times C of them; with both, places may stay empty. --interpolate and --walk fill their grid.\n"
    "Image i of a seed is the same however many are made with it. Of a walk FOLDER/ takes a file "
    "a\n"
    "frame; FILE.idx and FILE.npy hold the images of the grid one after the other, each with its "
    "frames.\n"
    "\n"
    "examples:\n"
    "  CKPT=runs/mnist/checkpoints/best.safetensors\n"
    "  gantrain sample --checkpoint $CKPT --count 64 --out digits.png\n"
    "  gantrain sample --checkpoint $CKPT --seeds 1-100 --out look.png   # which ones do I like?\n"
    "  gantrain sample --checkpoint $CKPT --seeds 7,23,61-63 --out best/ # those, a file each\n"
    "  gantrain sample --checkpoint $CKPT --grid 8x12 --interpolate --out between.png\n"
    "  gantrain sample --checkpoint $CKPT --walk 6 --grid 4x8 --out walk.png\n"
    "  gantrain sample --checkpoint $CKPT --grid 4x16 --beside-real --out "
    "check.png\n"
    "  gantrain sample --checkpoint $CKPT --nearest 8 --out copies.png\n"
    "  gantrain sample --animate runs/mnist --out training.png\n";

const Command command_sample = {
    .name = "sample",
    .summary = "Draw images or points from a trained generator.",
    .usage = "sample --checkpoint FILE --out FILE.png|FILE.idx|FILE.npy|FOLDER/ [options]\n"
             "       gantrain sample --animate DIR --out FILE.png [--delay MS]",
    .flags = flags,
    .epilogue = epilogue,
    .run = run,
};
