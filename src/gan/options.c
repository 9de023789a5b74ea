/* The GAN's part of a config. */
#include "gantrain/gan/gan.h"

const Option generator_options[] = {
    OPT_INT(GeneratorOptions, latent, "100", 1, 65536, "size of the latent z"),
    OPT_REAL(GeneratorOptions, ema, "0", 0, 0.999999,
             "decay of the moving average of G that samples are drawn from; 0: G itself"),
    OPT_INT(GeneratorOptions, steps, "1", 1, 1000, "updates per training step"),
    OPT_LIST(GeneratorOptions, layers, &layers, "from z to an image"),
    OPT_END,
};

const Option discriminator_options[] = {
    OPT_INT(DiscriminatorOptions, steps, "1", 1, 1000,
            "updates per training step, before those of G"),
    OPT_INT(DiscriminatorOptions, packing, "1", 1, 64,
            "samples that are packed into one input of D"),
    OPT_REAL(DiscriminatorOptions, label_flipping, "0", 0, 0.5,
             "probability that a real sample exchanges labels with a fake"),
    OPT_REAL(DiscriminatorOptions, drift, "0", 0, 1e6,
             "weight of mean D(x)², which keeps the logits of D near 0"),
    OPT_LIST(DiscriminatorOptions, layers, &layers, "from an image to one logit"),
    OPT_END,
};

const Option players_options[] = {
    OPT_SPEC(PlayersOptions, generator, "adam", &optimizers, "optimiser of the generator"),
    OPT_SPEC(PlayersOptions, discriminator, "adam", &optimizers, "optimiser of the discriminator"),
    OPT_END,
};
