/* The number type of all training arithmetic: float; double in the build that checks derivatives.
 * real_exp and the like are the C library's functions for this type. */
#ifndef GANTRAIN_MATH_REAL_H
#define GANTRAIN_MATH_REAL_H

#include <math.h>

#ifdef GANTRAIN_REAL_DOUBLE
typedef double real;
#define real_exp exp
#define real_log log
#define real_log1p log1p
#define real_expm1 expm1
#define real_erfc erfc
#define real_sqrt sqrt
#define real_tanh tanh
#define real_cos cos
#define real_sin sin
#define real_fabs fabs
#define REAL_NAME "double"
#else
typedef float real;
#define real_exp expf
#define real_log logf
#define real_log1p log1pf
#define real_expm1 expm1f
#define real_erfc erfcf
#define real_sqrt sqrtf
#define real_tanh tanhf
#define real_cos cosf
#define real_sin sinf
#define real_fabs fabsf
#define REAL_NAME "float"
#endif

#endif
