/* Elementary functions that loops call for several numbers at once, and others in forms that are
 * accurate for every argument.
 *
 * glibc has vector versions of these (libmvec), but its header declares them only under
 * -ffast-math, which would also remove our tests for NaN. These declarations suffice for gcc; other
 * compilers call the scalar functions. A vector result may differ from the scalar one in the last
 * bits: which elements of an array are computed in vectors depends on its length alone. */
#ifndef GANTRAIN_MATH_SIMD_H
#define GANTRAIN_MATH_SIMD_H

#include "gantrain/math/real.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(GANTRAIN_PLAIN)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wredundant-decls"
__attribute__((simd("notinbranch"))) float tanhf(float);
__attribute__((simd("notinbranch"))) float expf(float);
__attribute__((simd("notinbranch"))) float logf(float);
__attribute__((simd("notinbranch"))) float log1pf(float);
__attribute__((simd("notinbranch"))) float expm1f(float);
__attribute__((simd("notinbranch"))) float erfcf(float);
__attribute__((simd("notinbranch"))) float sinf(float);
__attribute__((simd("notinbranch"))) float cosf(float);
#pragma GCC diagnostic pop
#endif

/* σ(t) = 1/(1+e^-t), in the form that does not overflow */
static inline real real_logistic(real t)
{
    const real e = real_exp(-real_fabs(t));
    return (t >= 0 ? 1 : e) / (1 + e);
}

/* log(1+e^t) = max(t,0) + log1p(e^-|t|): exact for large |t|, where e^t would overflow */
static inline real real_softplus(real t)
{
    return (t > 0 ? t : 0) + real_log1p(real_exp(-real_fabs(t)));
}

#endif
