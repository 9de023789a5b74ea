/* What a config can say about the GAN itself. */
#include "gantrain/gan/gan.h"

const Option generator_options[] = {
    OPT_INT(GeneratorOptions, latent, "100", 1, 65536, "size of the latent z"),
    OPT_REAL(GeneratorOptions, ema, "0", 0, 0.999999,
             "decay of the average of G that samples are drawn from; 0: G itself"),
    OPT_INT(GeneratorOptions, steps, "1", 1, 1000, "updates in a training step"),
    OPT_LIST(GeneratorOptions, layers, &layers, "from z to an image"),
    OPT_END,
};

const Option discriminator_options[] = {
    OPT_INT(DiscriminatorOptions, steps, "1", 1, 1000, "updates in a training step, before G's"),
    OPT_INT(DiscriminatorOptions, packing, "1", 1, 64, "samples that D sees and judges together"),
    OPT_REAL(DiscriminatorOptions, label_flipping, "0", 0, 0.5,
             "share of real samples that exchange labels with a fake"),
    OPT_REAL(DiscriminatorOptions, drift, "0", 0, 1e6,
             "weight of mean D(x)², which keeps D near 0"),
    OPT_LIST(DiscriminatorOptions, layers, &layers, "from an image to one logit"),
    OPT_END,
};

const Option players_options[] = {
    OPT_SPEC(PlayersOptions, generator, "adam", &optimizers, "of the generator"),
    OPT_SPEC(PlayersOptions, discriminator, "adam", &optimizers, "of the discriminator"),
    OPT_END,
};
