/* The comparison of Adam with PyTorch once more in double. */
#include "unit/test_torch_adam.c"
