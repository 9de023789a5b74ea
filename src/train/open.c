/* Opening a run: its data and nets, the memory of its pictures and scores, and whether they fit
 * together; and the plan of an opened run, printed by --dry-run. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/nn/reparam.h"
#include "gantrain/survey/survey.h"
#include "train_parts.h"

/* A grid of the images must be a valid picture. */
static Status check_images(const Run *r, Error *e)
{
    const int channels = r->data.shape.c;
    const Grid grid = run_grid(r);
    if (channels != 1 && channels != 3)
        return also_fail(e, GT_EDATA,
                         "the images have %d channels: expected 1 (grey) or 3 (colour)", channels);
    if (!grid_fits(&grid))
        return option_report(e, value_member(r->config.file.root, "sample"), "sample",
                             "%d x %d images of %d x %d pixels, zoom %d, are too large for one "
                             "picture (at most %d pixels a side)",
                             grid.rows, grid.cols, grid.height, grid.width, grid.zoom,
                             IMAGE_MAX_SIDE);
    return GT_OK;
}

/* run_samples must not overflow. */
static Status check_count(const Run *r, Error *e)
{
    const TrainOptions *t = &r->config.train;
    uint64_t n = run_samples(r, 1);
    if (t->steps == 0 || !__builtin_mul_overflow(n, (uint64_t)t->steps, &n))
        return GT_OK;
    const Value *train = value_member(r->config.file.root, "train");
    return option_report(e, value_member(train, "steps"), "train.steps",
                         "%lld steps of %" PRIu64 " samples are more than can be counted",
                         (long long)t->steps, run_samples(r, 1));
}

static Status check_batch(const Run *r, Error *e)
{
    const Value *train = value_member(r->config.file.root, "train");
    if (r->config.train.batch_size <= r->data.count)
        return GT_OK;
    return option_report(e, value_member(train, "batch_size"), "train.batch_size",
                         "%lld is more than the %d samples of the data set",
                         (long long)r->config.train.batch_size, r->data.count);
}

/* All misfits of config and data at once. */
static Status check_data(const Run *r, Error *e)
{
    if (r->data.range)
        check_images(r, e);
    check_batch(r, e);
    return check_count(r, e);
}

/* Each line of `text`. */
static void log_lines(const Text *text, void (*log)(const Log *, const char *, ...), const Log *to)
{
    for (const char *at = text->at; at && *at;) {
        const int n = (int)strcspn(at, "\n");
        log(to, "data: %.*s", n, at);
        at += n + (at[n] == '\n');
    }
}

/* What the reader of the data assumed, and warns of; and what is probably unintended. */
static Status log_remarks(const Run *r, Error *e)
{
    Text warnings = { 0 };
    log_lines(&r->data.note, log_info, r->log);
    log_lines(&r->data.warning, log_warning, r->log);
    const Status s = survey_warnings(&r->data, &r->config, &warnings, e);
    log_lines(&warnings, log_warning, r->log);
    text_free(&warnings);
    return s;
}

static void plan_grid(Run *r, Arena *a)
{
    const int n = (int)(r->config.sample.rows * r->config.sample.cols);
    r->grid_z = mat_take(a, n, gan_input_cols(&r->gan));
    r->grid = mat_take(a, n, shape_size(r->data.shape));
    r->pixels = arena_take(a, mat_size(r->grid));
}

static void plan_points(Run *r, Arena *a)
{
    r->canvas = plot_take(a, &r->data);
}

/* For arena_build. */
static void plan_outputs(Arena *a, void *run)
{
    Run *r = run;
    (r->data.range ? plan_grid : plan_points)(r, a);
    training_scores_plan(&r->evaluation, &r->config, &r->data, gan_input_cols(&r->gan), a);
}

/* A row of the grid shows one class. */
static void label_grid(Run *r)
{
    const int cols = (int)r->config.sample.cols, at = gan_find_input(&r->gan, "class");
    for (int i = 0; at >= 0 && i < r->grid_z.rows; i++)
        mat_rows(r->grid_z, i, 1).at[at] = (real)(i / cols % r->data.classes);
}

void run_show_reading(Run *r, bool quiet, bool live)
{
    r->reading = task_progress_start(quiet, live);
    dataset_set_progress(&r->config.data, progress_data, &r->reading);
}

Status run_open(Run *r, Error *e)
{
    const uint64_t seed = (uint64_t)r->config.seed;
    TRY(dataset_open(&r->data, &r->config.data, seed, e));
    config_fit_to_data(&r->config, r->data.count, r->fitted);
    check_data(r, e); /* up to gan_build, errors add up */
    training_scores_open(&r->evaluation, &r->config, &r->data, e);
    TRY(gan_build(&r->gan, &r->config.gan, &r->data, r->data.shape, r->data.classes,
                  (int)r->config.train.batch_size, seed, e));
    TRY(log_remarks(r, e));
    run_warn_config(r);
    r->gan.accumulate = (int)r->config.train.accumulate;
    TRY(arena_build(&r->arena, plan_outputs, r, e));
    gan_inputs(&r->gan, seed, r->grid_z);
    label_grid(r);
    r->steps = run_length(r);
    r->given_lengths = r->config.train.earlier_lengths;
    r->saved = UINT64_MAX;
    return GT_OK;
}

void run_close(Run *r)
{
    gan_close(&r->gan);
    live_diagnosis_close(&r->live_diagnosis);
    training_scores_close(&r->evaluation);
    arena_close(&r->arena);
    dataset_close(&r->data);
    config_free(&r->config);
    folder_close(&r->folder);
    free(r->damaged);
}

/* ---- the plan -------------------------------------------------------------------------------- */

static void log_net(const Log *log, const Net *net)
{
    log_info(log, "%-14s %lld parameters", net->name, (long long)net_parameters(net));
    for (int i = 0; i < net->n; i++) {
        const Layer *l = &net->layer[i];
        char names[256] = ""; /* of the reparametrizations of its weights */
        int n = 0;
        for (int j = 0; j < l->n_weights; j++)
            if (l->weight[j].reparam)
                n += snprintf(names + n, sizeof names - (size_t)n, "  %.40s",
                              l->weight[j].reparam->is.name);
        log_info(log, "  %3d %-20s %6d -> %d%s", i, l->kind->is.name, shape_size(l->in),
                 shape_size(l->out), names);
    }
}

void run_log_fit(const Run *r)
{
    if (*r->fitted)
        log_info(r->log, "%d %s, so other defaults: %s", r->data.count, dataset_things(&r->data),
                 r->fitted);
}

static void add_bytes(void *args, const char *name, int rank, Mat m)
{
    (void)name, (void)rank;
    *(double *)args += (double)mat_size(m) * sizeof *m.at;
}

void run_log_disk(const Run *r, double least)
{
    const int64_t keep = r->config.checkpoint.keep, best = *r->config.evaluate.best ? 1 : 0;
    double one = 0;
    gan_tensors(&r->gan, add_bytes, &one);
    one /= 1 << 20;
    if (one * (double)(keep + best) >= least)
        log_info(r->log,
                 "%-14s %.1f MiB a checkpoint, of which %lld are kept%s, and one more while it is "
                 "written (checkpoint.keep)",
                 "disk", one, (long long)keep, best ? " and the best" : "");
}

void run_log_plan(const Run *r)
{
    const Shape s = r->data.shape;
    const double epoch_steps = (double)r->data.count / (double)run_samples(r, 1);
    const double data = (double)r->data.bytes, nets = (double)r->gan.arena.size;
    const double drawn = (double)r->arena.size;
    log_info(r->log, "%-14s %d samples of %dx%dx%d", "data", r->data.count, s.c, s.h, s.w);
    run_log_fit(r);
    for (int i = 0; i < r->gan.players; i++)
        log_net(r->log, &r->gan.player[i].net);
    log_info(r->log, "%-14s %llu steps, %.3g epochs of %.4g steps", "length",
             (unsigned long long)r->steps, (double)run_samples(r, r->steps) / (double)r->data.count,
             epoch_steps);
    log_info(r->log,
             "%-14s %.1f MiB: %.1f MiB for %s, %.1f MiB for nets, optimisers and traces, %.1f MiB "
             "for pictures and scores%s",
             "memory", (data + nets + drawn) / (1 << 20), data / (1 << 20),
             dataset_things(&r->data), nets / (1 << 20), drawn / (1 << 20),
             r->evaluation.images ? "; more for the classifier" : "");
    run_log_disk(r, 0);
    log_info(r->log, "%-14s %.1f MFLOP of matrix products", "one step", gan_flops(&r->gan) * 1e-6);
}
