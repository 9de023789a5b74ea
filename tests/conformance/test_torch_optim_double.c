/* The comparison of optimisers with PyTorch once more in double. */
#include "unit/test_torch_optim.c"
