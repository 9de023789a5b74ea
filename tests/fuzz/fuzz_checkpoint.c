/* A checkpoint: opens it, reads its config, builds its nets, loads its tensors. */
#include "tensor_bytes.h"

#include "gantrain/run/checkpoint.h"

static void load(const Checkpoint *k)
{
    enum { SMALL = 64 };
    Gan g;
    Error e = { 0 };
    const int64_t batch = k->config.train.batch_size;
    const Status s = gan_build(&g, &k->config.gan, NULL, k->shape,
                               (int)(batch < SMALL ? batch : SMALL), (uint64_t)k->config.seed, &e);
    must_report(s, &e);
    if (s == GT_OK)
        must_report(checkpoint_load(k, "input", &g, &e), &e);
    gan_close(&g);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static Error e;
    Checkpoint k;
    e.code = GT_OK;
    e.lines = 0;
    if (!set_tensor_file(data, size))
        return 0;
    const Status s = checkpoint_open(&k, "input", &e);
    must_report(s, &e);
    if (s == GT_OK) {
        load(&k);
        checkpoint_close(&k);
    }
    return 0;
}
