/* Everything is checked before anything is copied.
 *
 * A net takes its parameters completely: a file that lacks one or has one more was made for another
 * net. So does an optimizer: beside a moment of many updates, one that begins at zero would make
 * its first updates too large, because both share the number of updates. */
#include "gantrain/run/warm_start.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gantrain/math/vec.h"
#include "gantrain/run/checkpoint.h"

/* ---- tensors --------------------------------------------------------------------------------- */

/* A visit of the arrays of a net. */
typedef struct Taking {
    const Checkpoint *k;
    const char *path;
    const Net *net;
    bool copy;      /* false: only check                        */
    int taken, new; /* tensors; buffers that the file lacks     */
    Error *e;
} Taking;

static bool is_float(const Tensor *t)
{
    return t->type == TENSOR_F32 || t->type == TENSOR_F64;
}

static bool fits(const Tensor *t, int rank, Mat m)
{
    const int64_t shape[2] = { rank == 2 ? m.rows : m.cols, m.cols };
    return is_float(t) && tensor_has_shape(t, rank, shape);
}

static void copy_values(const Tensor *from, Mat to)
{
    for (size_t i = 0; i < mat_size(to); i++)
        to.at[i] = (real)tensor_value(from, i);
}

static bool is_buffer(const Net *net, Mat m)
{
    return m.at >= net->buffers.at && m.at < net->buffers.at + net->buffers.cols;
}

static void report_misfit(const Taking *t, const char *name, const Tensor *found, int rank, Mat m)
{
    char is[TENSOR_SHAPE_TEXT], wanted[TENSOR_SHAPE_TEXT];
    const int64_t shape[2] = { rank == 2 ? m.rows : m.cols, m.cols };
    tensor_shape_text(rank, shape, wanted);
    if (!found)
        also_fail(t->e, GT_ECHECKPOINT, "%s: tensor \"%s\" is missing, expected %s", t->path, name,
                  wanted);
    else
        also_fail(t->e, GT_ECHECKPOINT, "%s: tensor \"%s\" is %s %s, expected F32 or F64 %s",
                  t->path, name, tensor_type_name(found->type),
                  tensor_shape_text(found->rank, found->shape, is), wanted);
}

static void take_tensor(void *args, const char *name, int rank, Mat m)
{
    Taking *t = args;
    const Tensor *from = tensors_find(&t->k->file, name);
    if (!from && is_buffer(t->net, m))
        t->new ++;
    else if (!from || !fits(from, rank, m))
        report_misfit(t, name, from, rank, m);
    else if (t->copy)
        copy_values(from, m);
    t->taken += from != NULL;
}

/* Whether the file has tensors of a net, "generator.0.weight". */
static bool has_net(const Checkpoint *k, const Net *net)
{
    const size_t n = strlen(net->name);
    for (int i = 0; i < k->file.n; i++)
        if (strncmp(k->file.tensor[i].name, net->name, n) == 0 && k->file.tensor[i].name[n] == '.')
            return true;
    return false;
}

typedef struct Lookup {
    const char *name;
    bool found;
} Lookup;

static void look_up(void *args, const char *name, int rank, Mat m)
{
    Lookup *l = args;
    (void)rank, (void)m;
    l->found = l->found || strcmp(l->name, name) == 0;
}

/* Reports tensors of the net that the net does not have. PyTorch's batch norm counts batches. */
static void report_surplus(const Taking *t)
{
    const size_t n = strlen(t->net->name);
    for (int i = 0; i < t->k->file.n; i++) {
        Lookup l = { t->k->file.tensor[i].name, false };
        if (strncmp(l.name, t->net->name, n) != 0 || l.name[n] != '.' ||
            text_has_suffix(l.name, ".num_batches_tracked"))
            continue;
        net_tensors(t->net, look_up, &l);
        if (!l.found)
            also_fail(t->e, GT_ECHECKPOINT, "%s: has tensor \"%s\", which this %s lacks", t->path,
                      l.name, t->net->name);
    }
}

static Taking check_net(const Checkpoint *k, const char *path, const Net *net, Error *e)
{
    Taking t = { .k = k, .path = path, .net = net, .e = e };
    net_tensors(net, take_tensor, &t);
    report_surplus(&t);
    return t;
}

static void copy_net(Taking *t)
{
    t->copy = true;
    t->taken = t->new = 0;
    net_tensors(t->net, take_tensor, t);
}

/* ---- the state of an optimizer --------------------------------------------------------------- */

/* A visit of the arrays of all nets, of which it takes those with the prefix. */
typedef struct State {
    const Checkpoint *k;
    const Gan *gan;
    char prefix[64]; /* "optimizer.generator." */
    bool copy, fits;
} State;

static bool is_possible(const State *s, const Tensor *t)
{
    for (size_t i = 0; i < t->bytes / tensor_type_bytes(t->type); i++)
        if (tensor_value(t, i) < 0 && gan_holds_squares(s->gan, t->name))
            return false;
    return true;
}

static void take_state(void *args, const char *name, int rank, Mat m)
{
    State *s = args;
    if (strncmp(name, s->prefix, strlen(s->prefix)) != 0)
        return;
    const Tensor *from = tensors_find(&s->k->file, name);
    s->fits = s->fits && from && fits(from, rank, m) && is_possible(s, from);
    if (s->copy)
        copy_values(from, m);
}

/* One of the two nets with its optimizer. */
typedef struct WarmPlayer {
    Net *net;
    Optim *optimizer;
    const Spec *then; /* of a checkpoint */
    uint64_t t;       /* likewise        */
} WarmPlayer;

/* Why the optimizer begins new; NULL: its state was taken. */
static const char *take_optimizer(const Checkpoint *k, Gan *g, const WarmPlayer *p)
{
    State s = { .k = k, .gan = g, .fits = true };
    if (k->plain)
        return "the file has none";
    if (strcmp(p->then->is->name, p->optimizer->kind->is.name) != 0)
        return "it is of another optimizer";
    snprintf(s.prefix, sizeof s.prefix, "optimizer.%s.", p->net->name);
    gan_tensors(g, take_state, &s);
    if (!s.fits)
        return "it does not fit";
    s.copy = true;
    gan_tensors(g, take_state, &s);
    p->optimizer->t = (int64_t)p->t;
    return NULL;
}

/* ---- a player -------------------------------------------------------------------------------- */

static void log_player(const Log *log, const WarmPlayer *p, const Taking *t, const char *average,
                       const char *why)
{
    char state[96], statistics[64] = "";
    if (why)
        snprintf(state, sizeof state, "optimizer state new (%s)", why);
    else
        snprintf(state, sizeof state, "optimizer state (%s, %" PRId64 " updates)",
                 p->optimizer->kind->is.name, p->optimizer->t);
    if (t->new > 0)
        snprintf(statistics, sizeof statistics, ", %d new (not in the file)", t->new);
    log_info(log, "%s: %d tensors of %s%s%s, %s", p->net->name, t->taken, t->path, statistics,
             average, state);
}

/* The moving average begins at the generator where the file has none. Returns words for the
 * log. */
static const char *take_average(const Checkpoint *k, const char *path, Gan *g)
{
    Taking average = { .k = k, .path = path, .net = &g->player[GENERATOR].average };
    if (!g->player[GENERATOR].average.n)
        return "";
    if (has_net(k, &g->player[GENERATOR].average)) {
        copy_net(&average);
        return ", its moving average";
    }
    mat_copy(g->player[GENERATOR].average.theta, view(g->player[GENERATOR].net.theta));
    mat_copy(g->player[GENERATOR].average.buffers, view(g->player[GENERATOR].net.buffers));
    return ", moving average new";
}

static void check_player(const Checkpoint *k, const char *path, const Net *net, const char *other,
                         Error *e)
{
    if (has_net(k, net))
        (void)check_net(k, path, net, e);
    else
        also_fail(e, GT_ECHECKPOINT,
                  "%s: has no tensors of the %s (\"%s.0.weight\" and so on): init_from.players=%s "
                  "takes the %s alone",
                  path, net->name, net->name, other, other);
}

static void take_player(const Checkpoint *k, const Config *c, const Log *log, Gan *g,
                        const WarmPlayer *p, bool chosen)
{
    Taking t = { .k = k, .path = c->init_from.file, .net = p->net };
    const char *average = "", *why = "init_from.optimizer is false";
    if (!chosen) {
        log_info(log, "%s: new", p->net->name);
        return;
    }
    copy_net(&t);
    if (p->net == &g->player[GENERATOR].net)
        average = take_average(k, c->init_from.file, g);
    if (c->init_from.optimizer)
        why = take_optimizer(k, g, p);
    log_player(log, p, &t, average, why);
}

/* ---- all of it ------------------------------------------------------------------------------- */

static Status check_crc(const Config *c, const char *crc, Error *e)
{
    const InitOptions *o = &c->init_from;
    if (!*o->crc32 || strcmp(o->crc32, crc) == 0)
        return GT_OK;
    return fail(e, GT_ECHECKPOINT,
                "%s: another file than the recorded one (init_from.crc32 is %.16s, its checksum "
                "%s): leave init_from.crc32 out to take it all the same",
                o->file, o->crc32, crc);
}

static Status check_all(const Checkpoint *k, const Config *c, const Gan *g, Error *e)
{
    const char *path = c->init_from.file;
    if (config_inits_generator(c))
        check_player(k, path, &g->player[GENERATOR].net, "discriminator", e);
    if (config_inits_generator(c) && g->player[GENERATOR].average.n &&
        has_net(k, &g->player[GENERATOR].average))
        (void)check_net(k, path, &g->player[GENERATOR].average, e);
    const bool g_fits = e->code == GT_OK;
    if (config_inits_discriminator(c))
        check_player(k, path, &g->player[DISCRIMINATOR].net, "generator", e);
    if (e->code != GT_OK && g_fits && config_inits_generator(c) &&
        has_net(k, &g->player[DISCRIMINATOR].net))
        also_fail(e, GT_ECHECKPOINT, "init_from.players=generator takes the generator alone");
    return e->code;
}

static Status take(const Checkpoint *k, Gan *g, const Config *c, const Log *log, char *crc32,
                   Error *e)
{
    const Spec none = { 0 };
    const PlayersOptions *then = &k->config.gan.optimizer;
    const WarmPlayer G = { &g->player[GENERATOR].net, &g->player[GENERATOR].optim,
                           k->plain ? &none : &then->generator, k->t_generator };
    const WarmPlayer D = { &g->player[DISCRIMINATOR].net, &g->player[DISCRIMINATOR].optim,
                           k->plain ? &none : &then->discriminator, k->t_discriminator };
    snprintf(crc32, WARM_START_CRC, "%08" PRIx32, tensors_crc(&k->file));
    TRY(check_crc(c, crc32, e));
    TRY(check_all(k, c, g, e));
    take_player(k, c, log, g, &G, config_inits_generator(c));
    take_player(k, c, log, g, &D, config_inits_discriminator(c));
    gan_refresh_weights(g);
    return GT_OK;
}

Status warm_start(Gan *g, const Config *c, const Log *log, char crc32[WARM_START_CRC], Error *e)
{
    Checkpoint k;
    TRY(checkpoint_open_weights(&k, c->init_from.file, log, e));
    const Status s = take(&k, g, c, log, crc32, e);
    checkpoint_close(&k);
    return s;
}
