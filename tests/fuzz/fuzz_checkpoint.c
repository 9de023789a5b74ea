/* A checkpoint: opens it, as one to resume from and as one that may have been edited, reads its
 * config, builds its nets, loads its tensors. */
#include "tensor_bytes.h"

#include "gantrain/run/checkpoint.h"

static void load(const Checkpoint *k)
{
    enum { SMALL = 64 };
    Gan g;
    Error e = { 0 };
    const int64_t batch = k->config.train.batch_size;
    const Status s = gan_build(&g, &k->config.gan, NULL, k->shape, k->classes,
                               (int)(batch < SMALL ? batch : SMALL), (uint64_t)k->config.seed, &e);
    must_report(s, &e);
    if (s == GT_OK)
        must_report(checkpoint_load(k, "input", &g, &e), &e);
    gan_close(&g);
}

static Status open_edited(Checkpoint *k, const char *path, Error *e)
{
    return checkpoint_open_edited(k, path, &(Log){ true }, e);
}

static void open_and_load(Status (*open)(Checkpoint *k, const char *path, Error *e))
{
    static Error e;
    Checkpoint k;
    e.code = GT_OK;
    e.lines = 0;
    const Status s = open(&k, "input", &e);
    must_report(s, &e);
    if (s == GT_OK) {
        load(&k);
        checkpoint_close(&k);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    log_mute();
    if (!set_tensor_file(data, size))
        return 0;
    open_and_load(checkpoint_open);
    open_and_load(open_edited);
    return 0;
}
