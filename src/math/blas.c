/* Loading OpenBLAS, with two of its habits kept out (seen with 0.3.21):
 *
 * - It starts a thread for every processor when it is loaded, and these spin for a while. The variable
 *   of the environment that prevents it must be there before.
 * - It takes large buffers at its first products and tries again for ever when the address space is
 *   limited below that: the process would hang with no message. */
#include "gantrain/math/blas.h"

#include <cblas.h>
#include <dlfcn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "gantrain/math/parallel.h"

/* Measured: the first product hangs below 170,000 KiB; every further thread takes a buffer of its own. */
static const rlim_t first_thread = (rlim_t)256 << 20, each_further = (rlim_t)160 << 20;

typedef void Product(enum CBLAS_ORDER order, enum CBLAS_TRANSPOSE ta, enum CBLAS_TRANSPOSE tb,
                     int m, int n, int k, real alpha, const real *a, int lda, const real *b,
                     int ldb, real beta, real *c, int ldc);
typedef char *Name(void);

/* Properties of the process, set once. */
static Product *product;
static Name *core;

static Status check_limit(Error *e)
{
    const rlim_t need = first_thread + (rlim_t)(parallel_threads() - 1) * each_further;
    struct rlimit limit;
    if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY ||
        limit.rlim_cur >= need)
        return GT_OK;
    return fail(
        e, GT_ERESOURCE,
        "the address space is limited (ulimit -v) to %llu MiB, below the %llu MiB that OpenBLAS "
        "needs on %d threads: raise the limit, or ask for fewer --threads",
        (unsigned long long)(limit.rlim_cur >> 20), (unsigned long long)(need >> 20),
        parallel_threads());
}

/* ISO C has no conversion from dlsym's void * to a function; POSIX promises that its bits are one. */
static bool find(void *library, const char *name, void *function, size_t bytes)
{
    void *at = dlsym(library, name);
    memcpy(function, &at, bytes);
    return at != NULL;
}

Status blas_load(Error *e)
{
    const char *name = sizeof(real) == sizeof(float) ? "cblas_sgemm" : "cblas_dgemm";
    TRY(check_limit(e));
    (void)setenv("OPENBLAS_NUM_THREADS", "1", 1);
    void *library = dlopen(OPENBLAS_LIBRARY, RTLD_NOW | RTLD_LOCAL); /* stays until the end */
    if (!library || !find(library, name, &product, sizeof product) ||
        !find(library, "openblas_get_corename", &core, sizeof core))
        return fail(e, GT_ERESOURCE, "OpenBLAS cannot be loaded (%s): apt-get install libopenblas0",
                    dlerror());
    return GT_OK;
}

void blas_gemm(View a, View b, Mat c)
{
    product(CblasRowMajor, CblasNoTrans, CblasNoTrans, c.rows, c.cols, a.cols, 1, a.at, a.cols,
            b.at, b.cols, 0, c.at, c.cols);
}

const char *blas_core(void)
{
    return core();
}
