/* Weights of any safetensors file or checkpoint, taken into a small GAN: all or nothing. */
#include "tensor_bytes.h"

#include "gantrain/run/warm_start.h"

static const char small[] =
    "{\"data\": \"ring\","
    " \"generator\": {\"latent\": 1, \"ema\": 0.5, \"layers\": [\"dense\", \"batch_norm\"]},"
    " \"discriminator\": {\"layers\": ["
    "  {\"kind\": \"dense\", \"units\": 1, \"weight\": \"spectral_norm\"}]},"
    " \"optimizer\": {\"generator\": {\"kind\": \"sgd\", \"momentum\": 0.5},"
    "  \"discriminator\": \"rmsprop\"},"
    " \"init_from\": {\"file\": \"input\"}}";

static Config config;
static Gan gan;

static void build(void)
{
    Error e = { 0 };
    must(config_parse(&config, small, strlen(small), "small", &e) == GT_OK, "the config is valid");
    must(gan_build(&gan, &config.gan, NULL, (Shape){ 2, 1, 1 }, 0, 4, 1, &e) == GT_OK,
         "the nets can be built");
    log_mute();
}

static void hash_tensor(void *sum, const char *name, int rank, Mat m)
{
    uint64_t *h = sum;
    (void)name, (void)rank;
    const unsigned char *at = (const unsigned char *)m.at;
    for (size_t i = 0; i < mat_size(m) * sizeof *m.at; i++)
        *h = *h * 31 + at[i];
}

static uint64_t hash(void)
{
    uint64_t h = 0;
    gan_tensors(&gan, hash_tensor, &h);
    return h;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static Error e;
    char crc[WARM_START_CRC];
    if (!config.gan.generator.layers.n)
        build();
    if (!set_tensor_file(data, size))
        return 0;
    e.code = GT_OK;
    e.lines = 0;
    gan_reset(&gan);
    const uint64_t before = hash();
    const Status s = warm_start(&gan, &config, &(Log){ true }, crc, &e);
    must_report(s, &e);
    must(s == GT_OK || hash() == before, "a failure changes nothing");
    return 0;
}
