/* Scalar functions that more than one room needs, in the form that is exact for every argument. */
#ifndef GANTRAIN_MATH_SCALAR_H
#define GANTRAIN_MATH_SCALAR_H

#include "gantrain/math/simd.h"

/* σ(t) = 1/(1+e^-t), from the half that cannot overflow */
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
