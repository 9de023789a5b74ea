/* Elementary functions that loops call for several numbers at once.
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

#endif
