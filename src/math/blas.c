/* Loads OpenBLAS and works around two properties of it (seen with 0.3.21):
 *
 * - When it is loaded it starts a thread for every processor, and these spin for a while. An
 *   environment variable prevents this; it must be set before.
 * - Its first call allocates large buffers and retries for ever if the address space is limited:
 *   the process would hang without a message. So the limit is checked before it is loaded, and the
 *   first buffer is allocated at once, before anything else uses the space. */
#include "gantrain/math/blas.h"

#include <assert.h>
#include <cblas.h>
#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* Measured: the library takes 38 MiB, its first call 130, each further thread a buffer. */
static const rlim_t first_thread = (rlim_t)192 << 20, each_further = (rlim_t)160 << 20;

typedef void Product(enum CBLAS_ORDER order, enum CBLAS_TRANSPOSE ta, enum CBLAS_TRANSPOSE tb,
                     int m, int n, int k, real alpha, const real *a, int lda, const real *b,
                     int ldb, real beta, real *c, int ldc);
typedef char *Name(void);
/* LAPACK's DSYEVD, called as Fortran does: by address, the lengths of strings last. */
typedef void Eigen(const char *job, const char *triangle, const int *n, double *a, const int *lda,
                   double *w, double *work, const int *lwork, int *iwork, const int *liwork,
                   int *info, size_t job_length, size_t triangle_length);

/* Of the process, set once. */
static Product *product;
static Name *core;
static Eigen *eigen;
static int ready; /* threads that there is address space for */

/* ---- loading --------------------------------------------------------------------------------- */

/* Bytes of address space in use; a guess without /proc. */
static rlim_t address_space(void)
{
    const rlim_t guess = (rlim_t)256 << 20;
    unsigned long long pages = 0;
    FILE *f = fopen("/proc/self/statm", "re");
    if (f && fscanf(f, "%llu", &pages) != 1)
        pages = 0;
    if (f)
        fclose(f);
    return pages ? (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) : guess;
}

static Status check_against(int which, const char *what, rlim_t need, int threads, Error *e)
{
    struct rlimit limit;
    if (getrlimit(which, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= need)
        return GT_OK;
    return fail(e, GT_ERESOURCE,
                "the %s to %llu MiB, below the %llu MiB that are "
                "needed with OpenBLAS on %d thread%s: raise the limit%s",
                what, (unsigned long long)(limit.rlim_cur >> 20), (unsigned long long)(need >> 20),
                threads, threads > 1 ? "s" : "", threads > 1 ? ", or ask for fewer --threads" : "");
}

static Status check_limit(int threads, Error *e)
{
    const rlim_t first = ready ? 0 : first_thread, used = address_space();
    const rlim_t need = used + first + (rlim_t)(threads - (ready ? ready : 1)) * each_further;
    TRY(check_against(RLIMIT_AS, "address space is limited (ulimit -v)", need, threads, e));
    return check_against(RLIMIT_DATA, "data are limited (ulimit -d)", need, threads, e);
}

/* ISO C does not convert dlsym's void * to a function pointer; POSIX makes the bits the same. */
static bool find(void *library, const char *name, void *function, size_t bytes)
{
    void *at = dlsym(library, name);
    memcpy(function, &at, bytes);
    return at != NULL;
}

static Status load(Error *e)
{
    const char *name = sizeof(real) == sizeof(float) ? "cblas_sgemm" : "cblas_dgemm";
    if (setenv("OPENBLAS_NUM_THREADS", "1", 1) != 0) /* more would change the bits */
        return fail(e, GT_ERESOURCE, "no memory to load OpenBLAS");
    void *library = dlopen(OPENBLAS_LIBRARY, RTLD_NOW | RTLD_LOCAL); /* stays until the end */
    if (!library || !find(library, name, &product, sizeof product) ||
        !find(library, "openblas_get_corename", &core, sizeof core) ||
        !find(library, "dsyevd_", &eigen, sizeof eigen))
        return fail(e, GT_ERESOURCE, "OpenBLAS cannot be loaded (%s): apt-get install libopenblas0",
                    dlerror());
    return GT_OK;
}

/* Makes OpenBLAS allocate its first buffer. */
static Status allocate_buffer(Error *e)
{
    enum { SIDE = 256 };
    real *at = calloc(3 * SIDE * SIDE, sizeof *at);
    if (!at)
        return fail(e, GT_ERESOURCE, "no memory for a product");
    blas_gemm((View){ SIDE, SIDE, at }, (View){ SIDE, SIDE, at + SIDE * SIDE },
              (Mat){ SIDE, SIDE, at + 2 * SIDE * SIDE });
    free(at);
    return GT_OK;
}

Status blas_load(int threads, Error *e)
{
    if (ready >= threads)
        return GT_OK;
    TRY(check_limit(threads, e));
    if (!ready) {
        TRY(load(e));
        TRY(allocate_buffer(e));
    }
    ready = threads;
    return GT_OK;
}

/* ---- calls ------------------------------------------------------------------------- */

void blas_gemm(View a, View b, Mat c)
{
    product(CblasRowMajor, CblasNoTrans, CblasNoTrans, c.rows, c.cols, a.cols, 1, a.at, a.cols,
            b.at, b.cols, 0, c.at, c.cols);
}

const char *blas_core(void)
{
    return core();
}

Status blas_eigen(int n, double *a, double *w, bool vectors, Error *e)
{
    const int lwork = 1 + 6 * n + 2 * n * n, liwork = 3 + 5 * n;
    double *work = malloc((size_t)lwork * sizeof *work);
    int *iwork = malloc((size_t)liwork * sizeof *iwork), info = 0;
    assert(ready && n > 0 && n <= BLAS_EIGEN_MAX);
    if (work && iwork)
        eigen(vectors ? "V" : "N", "U", &n, a, &n, w, work, &lwork, iwork, &liwork, &info, 1, 1);
    const bool memory = work && iwork;
    free(work);
    free(iwork);
    if (!memory)
        return fail(e, GT_ERESOURCE, "no memory for the eigenvalues of a %d x %d matrix", n, n);
    if (info != 0)
        return fail(e, GT_EINTERNAL, "LAPACK's dsyevd gave up on a %d x %d matrix (info %d)", n, n,
                    info);
    return GT_OK;
}
