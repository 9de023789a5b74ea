/* What a config can say about the GAN itself. */
#include "gantrain/gan/gan.h"

const Option generator_options[] = {
    OPT_INT(GeneratorOptions, latent, "100", 1, 65536, "size of the latent z"),
    OPT_REAL(GeneratorOptions, ema, "0", 0, 0.999999,
             "decay of the average of G that samples are drawn from; 0: G itself"),
    OPT_LIST(GeneratorOptions, layers, &layers, "from z to an image"),
    OPT_END,
};

const Option discriminator_options[] = {
    OPT_INT(DiscriminatorOptions, steps, "1", 1, 1000, "updates per generator update"),
    OPT_LIST(DiscriminatorOptions, layers, &layers, "from an image to one logit"),
    OPT_END,
};

const Option players_options[] = {
    OPT_SPEC(PlayersOptions, generator, "adam", &optimizers, "of the generator"),
    OPT_SPEC(PlayersOptions, discriminator, "adam", &optimizers, "of the discriminator"),
    OPT_END,
};
