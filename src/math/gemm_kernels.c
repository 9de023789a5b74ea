/* The kernels of this build. To add one: a row here and one in CMakeLists.txt. */
#include "gantrain/math/gemm_kernel.h"

#include <stdbool.h>

#ifdef __x86_64__
static bool has_avx512(void)
{
    return __builtin_cpu_supports("avx512f");
}

static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}
#endif

static bool always(void)
{
    return true;
}

extern const GemmKernel gemm_kernel_avx512, gemm_kernel_avx2, gemm_kernel_plain;

static const struct {
    const GemmKernel *kernel;
    bool (*supported)(void);
} all[] = {
#ifdef __x86_64__
    { &gemm_kernel_avx512, has_avx512 },
    { &gemm_kernel_avx2, has_avx2 },
#endif
    { &gemm_kernel_plain, always },
};
enum { KERNELS = sizeof all / sizeof *all };

const GemmKernel *const *gemm_kernels(void)
{
    static const GemmKernel *supported[KERNELS + 1];
    int n = 0;
    for (int i = 0; i < KERNELS; i++)
        if (all[i].supported())
            supported[n++] = all[i].kernel;
    return supported;
}

/* Of the process. */
static const GemmKernel *used;

const GemmKernel *gemm_kernel(void)
{
    if (!used)
        used = gemm_kernels()[0];
    return used;
}

void gemm_use(const GemmKernel *kernel)
{
    used = kernel;
}
