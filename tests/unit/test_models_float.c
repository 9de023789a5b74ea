/* The models with the settings once more in float, the arithmetic of training. */
#include "conformance/test_models.c"
