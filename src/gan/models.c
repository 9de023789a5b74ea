/* The registry of models. */
#include "gantrain/gan/model.h"

extern const Model model_gan;

static const Entry *const all[] = { &model_gan.is, NULL };

const Registry models = { "models", "model", all };
