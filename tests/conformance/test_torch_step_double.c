/* The comparison with PyTorch once more in double, where no mistake hides behind rounding. */
#include "unit/test_torch_step.c"
