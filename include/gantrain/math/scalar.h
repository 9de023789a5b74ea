/* Scalar functions in forms that are accurate for every argument. */
#ifndef GANTRAIN_MATH_SCALAR_H
#define GANTRAIN_MATH_SCALAR_H

#include "gantrain/math/simd.h"

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
