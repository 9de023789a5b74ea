/* Opening checkpoint files: their metadata, and whether their values are possible. */
#include "gantrain/run/checkpoint.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gantrain/run/folder.h"

/* ---- metadata -------------------------------------------------------------------------------- */

static Status read_number(const Checkpoint *k, const char *path, const char *key, uint64_t *out,
                          Error *e)
{
    const char *text = tensors_text(&k->file, key);
    char *end = NULL;
    *out = text ? strtoull(text, &end, 10) : 0;
    if (!text)
        return fail(e, GT_ECHECKPOINT,
                    "%s: has no \"%s\": a safetensors file, but not a checkpoint of gantrain: no "
                    "optimizer state, no step",
                    path, key);
    if (*text < '0' || *text > '9' || *end || *out > (UINT64_C(1) << 48))
        return fail(e, GT_ECHECKPOINT, "%s: \"%s\" is \"%.40s\": expected a count below 2^48", path,
                    key, text);
    return GT_OK;
}

/* After the config. */
static Status read_optimizer_times(Checkpoint *k, const char *path, Error *e)
{
    k->t_generator = k->step * (uint64_t)k->config.gan.generator.steps;
    k->t_discriminator = k->updates;
    if (tensors_text(&k->file, "gantrain.t_generator"))
        TRY(read_number(k, path, "gantrain.t_generator", &k->t_generator, e));
    if (tensors_text(&k->file, "gantrain.t_discriminator"))
        TRY(read_number(k, path, "gantrain.t_discriminator", &k->t_discriminator, e));
    return GT_OK;
}

static Status read_best(Checkpoint *k, const char *path, Error *e)
{
    const char *id = tensors_text(&k->file, "gantrain.best");
    const char *value = tensors_text(&k->file, "gantrain.best_value");
    char *end = NULL;
    if (!id)
        return GT_OK;
    snprintf(k->best.score_id, sizeof k->best.score_id, "%s", id);
    k->best.value = value ? strtod(value, &end) : 0;
    if (!value || end == value || *end || !isfinite(k->best.value))
        return fail(e, GT_ECHECKPOINT,
                    "%s: \"gantrain.best_value\" is \"%.40s\": expected a number", path,
                    value ? value : "missing");
    TRY(read_number(k, path, "gantrain.best_step", &k->best.step, e));
    return read_number(k, path, "gantrain.best_since", &k->best.stale_evaluations, e);
}

/* Files of nets that read no class have no number. */
static Status read_classes(Checkpoint *k, const char *path, Error *e)
{
    uint64_t n = 0;
    if (!tensors_text(&k->file, "gantrain.classes"))
        return GT_OK;
    TRY(read_number(k, path, "gantrain.classes", &n, e));
    k->classes = (int)n;
    if (n >= 1 && n <= LABEL_MAX + 1)
        return GT_OK;
    return fail(e, GT_ECHECKPOINT, "%s: \"gantrain.classes\" is %" PRIu64 ": expected 1 to %d",
                path, n, LABEL_MAX + 1);
}

/* After the config, which says whether the samples are images. */
static Status read_shape(Checkpoint *k, const char *path, Error *e)
{
    const char *text = tensors_text(&k->file, "gantrain.shape");
    const bool images = dataset_range(&k->config.data) != NULL;
    Shape *s = &k->shape;
    int end = 0;
    if (!text || sscanf(text, "%5dx%5dx%5d%n", &s->c, &s->h, &s->w, &end) != 3 || text[end] ||
        s->c < 1 || s->h < 1 || s->w < 1 || (double)s->c * s->h * s->w > 1 << 24 ||
        (images ? s->c != 1 && s->c != 3 : s->h != 1 || s->w != 1))
        return fail(e, GT_ECHECKPOINT, "%s: \"gantrain.shape\" is %.40s: expected %s", path,
                    text ? text : "missing", images ? "CxHxW with 1 or 3 channels" : "Dx1x1");
    return GT_OK;
}

static Status read_metadata(Checkpoint *k, const char *path, Error *e)
{
    uint64_t format;
    TRY(read_number(k, path, "gantrain.format", &format, e));
    k->newer = format > CHECKPOINT_FORMAT;
    if (format != CHECKPOINT_FORMAT) {
        const char *by = tensors_text(&k->file, "gantrain.version");
        return fail(e, GT_ECHECKPOINT,
                    "%s: checkpoint format %" PRIu64 ", written by gantrain %.20s: this is "
                    "gantrain %s, which reads format %d",
                    path, format, by ? by : "unknown", GANTRAIN_VERSION, CHECKPOINT_FORMAT);
    }
    TRY(read_number(k, path, "gantrain.step", &k->step, e));
    TRY(read_number(k, path, "gantrain.updates", &k->updates, e));
    TRY(read_number(k, path, "gantrain.recoveries", &k->recoveries, e));
    TRY(read_number(k, path, "gantrain.recovered_at", &k->recovered_at, e));
    TRY(read_best(k, path, e));

    const char *config = tensors_text(&k->file, "gantrain.config");
    if (!config)
        return fail(e, GT_ECHECKPOINT, "%s: has no \"gantrain.config\"", path);
    if (config_parse(&k->config, config, strlen(config), "its config", e) != GT_OK) {
        error_add_prefix(e, path);
        if (e->code != GT_ERESOURCE)
            e->code = GT_ECHECKPOINT;
        return e->code;
    }
    TRY(read_classes(k, path, e));
    TRY(read_optimizer_times(k, path, e));
    TRY(read_shape(k, path, e));
    return checkpoint_read_units(k, path, e);
}

/* ---- validating --------------------------------------------------------------------------- */

static Status check_tensor(const Tensor *t, bool squares, const char *path, Error *e)
{
    if (t->type != TENSOR_F32 && t->type != TENSOR_F64)
        return GT_OK;
    const size_t n = t->bytes / tensor_type_bytes(t->type);
    for (size_t i = 0; i < n; i++) {
        const double x = tensor_value(t, i);
        if (!isfinite(x))
            return fail(e, GT_ECHECKPOINT,
                        "%s: tensor \"%s\" holds a value that is not finite (%g at %zu)", path,
                        t->name, x, i);
        if (squares && x < 0)
            return fail(e, GT_ECHECKPOINT,
                        "%s: tensor \"%s\" holds squares, but one is negative (%g at %zu)", path,
                        t->name, x, i);
    }
    return GT_OK;
}

Status checkpoint_validate(const Checkpoint *k, const char *path, const Gan *g, Error *e)
{
    for (int i = 0; i < k->file.n; i++) {
        const Tensor *t = &k->file.tensor[i];
        TRY(check_tensor(t, gan_holds_squares(g, t->name), path, e));
    }
    return GT_OK;
}

/* ---- opening --------------------------------------------------------------------------------- */

static Status check_path(const char *path, Error *e)
{
    char newest[FOLDER_FILE];
    struct stat st;
    if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode))
        return GT_OK;
    if (folder_newest_checkpoint(path, newest))
        return fail(e, GT_ECHECKPOINT,
                    "%s: is a folder: expected a checkpoint in it, such as the newest, %s", path,
                    newest);
    return fail(e, GT_ECHECKPOINT, "%s: is a folder without checkpoints: expected a file", path);
}

static Status open_tensors(Checkpoint *k, const char *path,
                           Status (*open)(TensorFile *f, const char *path, Error *e), Error *e)
{
    memset(k, 0, sizeof *k);
    TRY(check_path(path, e));
    return open(&k->file, path, e);
}

/* Closes it after a failure. */
static Status close_unless(Status s, Checkpoint *k)
{
    if (s != GT_OK)
        checkpoint_close(k);
    return s;
}

Status checkpoint_open(Checkpoint *k, const char *path, Error *e)
{
    TRY(open_tensors(k, path, tensors_open, e));
    return close_unless(read_metadata(k, path, e), k);
}

static Status check_finite(const Checkpoint *k, const char *path, Error *e)
{
    for (int i = 0; i < k->file.n; i++)
        TRY(check_tensor(&k->file.tensor[i], false, path, e));
    return GT_OK;
}

/* Of a file that may have been edited. */
static Status check_values(const Checkpoint *k, const char *path, const Log *log, Error *e)
{
    if (*k->file.edited)
        log_warning(log, "%s: %s: edited by another program, or damaged; its values are used", path,
                    k->file.edited);
    return check_finite(k, path, e);
}

Status checkpoint_open_edited(Checkpoint *k, const char *path, const Log *log, Error *e)
{
    TRY(open_tensors(k, path, tensors_open_edited, e));
    Status s = read_metadata(k, path, e);
    if (s == GT_OK && *k->file.edited)
        s = check_values(k, path, log, e);
    return close_unless(s, k);
}

Status checkpoint_open_weights(Checkpoint *k, const char *path, const Log *log, Error *e)
{
    TRY(open_tensors(k, path, tensors_open_edited, e));
    k->plain = !tensors_text(&k->file, "gantrain.format");
    Status s = k->plain ? GT_OK : read_metadata(k, path, e);
    if (s == GT_OK)
        s = check_values(k, path, log, e);
    return close_unless(s, k);
}

void checkpoint_close(Checkpoint *k)
{
    if (!k)
        return;
    tensors_close(&k->file);
    config_free(&k->config);
    units_free(&k->units);
}

Status checkpoint_hint_data(const Checkpoint *k, Error *e)
{
    const char *dir = dataset_path(&k->config.data);
    if (!dir || access(dir, F_OK) == 0)
        return e->code;
    return fail(e, e->code, "%s; or name them with --data", e->text[0]);
}
