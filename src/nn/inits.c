/* The table of initialization schemes. fan_in and fan_out are the columns and rows of W.
 *
 * [1] Glorot and Bengio 2010, "Understanding the difficulty of training deep feedforward neural
 *     networks", eq. 16.  [2] He et al. 2015, "Delving Deep into Rectifiers", eq. 10.
 * [3] Saxe et al. 2013, "Exact solutions to the nonlinear dynamics of learning", §3. */
#include "gantrain/nn/reparam.h"

#include "gantrain/math/vec.h"

/* The options of every row; each has at most one of the keys. */
typedef struct InitOptions {
    double std, gain, slope, value;
} InitOptions;

static const Option normal_options[] = {
    OPT_REAL(InitOptions, std, "0.02", 0, 10, "standard deviation"),
    OPT_END,
};
static const Option gain_options[] = {
    OPT_REAL(InitOptions, gain, "1", 0, 100, "factor on the weights"),
    OPT_END,
};
static const Option he_options[] = {
    OPT_REAL(InitOptions, slope, "0.2", 0, 1, "slope of the leaky_relu that follows; 0: relu"),
    OPT_END,
};
static const Option constant_options[] = {
    OPT_REAL(InitOptions, value, "0", -100, 100, "the value of every weight"),
    OPT_END,
};

static void normal_fill(const void *options, Draw d, Mat w)
{
    const InitOptions *o = options;
    mat_normal(w, d, 0);
    mat_scale(w, (real)o->std);
}

static void standard_normal_fill(const void *options, Draw d, Mat w)
{
    (void)options;
    mat_normal(w, d, 0);
}

/* U(-a, a) with a = gain·√(6/(fan_in+fan_out)) [1] */
static void xavier_fill(const void *options, Draw d, Mat w)
{
    const InitOptions *o = options;
    const real a = (real)(o->gain * sqrt(6.0 / (w.rows + w.cols)));
    mat_uniform(w, d, 0);
    for (size_t i = 0; i < mat_size(w); i++)
        w.at[i] = a * (2 * w.at[i] - 1);
}

/* N(0, 2/((1+slope²)·fan_in)) [2] */
static void he_fill(const void *options, Draw d, Mat w)
{
    const InitOptions *o = options;
    mat_normal(w, d, 0);
    mat_scale(w, (real)sqrt(2.0 / ((1 + o->slope * o->slope) * w.cols)));
}

static void constant_fill(const void *options, Draw d, Mat w)
{
    (void)d;
    mat_fill(w, (real)((const InitOptions *)options)->value);
}

/* A row or a column of W: n numbers, `step` apart. */
typedef struct Line {
    real *at;
    size_t step;
    int n;
} Line;

static double dot(Line a, Line b)
{
    double sum = 0;
    for (int i = 0; i < a.n; i++)
        sum += (double)a.at[(size_t)i * a.step] * (double)b.at[(size_t)i * b.step];
    return sum;
}

static void add_scaled(Line a, double factor, Line b)
{
    for (int i = 0; i < a.n; i++)
        a.at[(size_t)i * a.step] += (real)(factor * (double)b.at[(size_t)i * b.step]);
}

/* Row or column i of W, whichever there are fewer of. */
static Line line_of(Mat w, int i)
{
    const size_t cols = (size_t)w.cols;
    return w.rows <= w.cols ? (Line){ w.at + (size_t)i * cols, 1, w.cols }
                            : (Line){ w.at + i, cols, w.rows };
}

/* Random orthonormal rows or columns [3]. Gram-Schmidt runs twice, for accuracy in float. */
static void orthogonal_fill(const void *options, Draw d, Mat w)
{
    const InitOptions *o = options;
    const int lines = w.rows <= w.cols ? w.rows : w.cols;
    mat_normal(w, d, 0);
    for (int i = 0; i < lines; i++) {
        const Line a = line_of(w, i);
        for (int run = 0; run < 2; run++)
            for (int j = 0; j < i; j++)
                add_scaled(a, -dot(a, line_of(w, j)), line_of(w, j));
        add_scaled(a, 1 / sqrt(dot(a, a)) - 1, a);
    }
    mat_scale(w, (real)o->gain);
}

#define INIT(name, table, about, source)                                                           \
    static const Init name = { { #name, about, source, table, sizeof(InitOptions) }, name##_fill }

INIT(normal, normal_options, "N(0, std²)", "Radford et al. 2015, §3");
INIT(xavier, gain_options, "uniform, variance 2/(fan_in+fan_out)",
     "Glorot and Bengio 2010, eq. 16");
INIT(he, he_options, "normal, variance 2/fan_in for rectifiers", "He et al. 2015, eq. 10");
INIT(orthogonal, gain_options, "random orthonormal rows or columns", "Saxe et al. 2013, §3");
INIT(constant, constant_options, "every weight the same", "-");
INIT(standard_normal, NULL, "N(0, 1), for equalized weights", "Karras et al. 2017, §4.1");

static const Entry *const all[] = { &normal.is,   &xavier.is,          &he.is, &orthogonal.is,
                                    &constant.is, &standard_normal.is, NULL };

const Registry inits = { "inits", "init", all };
