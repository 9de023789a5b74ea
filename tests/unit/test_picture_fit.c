/* Cropping and resizing against areas in real numbers. */
#include "data/pictures/picture_fit.h"

#include "support/scratch.h" /* last: cmocka has a macro fail() */

/* The mean over the area of a pixel, in real numbers. */
static double area_mean(const Picture *p, int size, int x, int y, int k)
{
    const int side = p->width < p->height ? p->width : p->height;
    const double step = (double)side / size;
    double sum = 0;
    for (int v = 0; v < side; v++)
        for (int u = 0; u < side; u++) {
            const double left = u > x * step ? u : x * step, top = v > y * step ? v : y * step;
            const double right = u + 1 < (x + 1) * step ? u + 1 : (x + 1) * step;
            const double bottom = v + 1 < (y + 1) * step ? v + 1 : (y + 1) * step;
            const int sx = u + (p->width - side) / 2, sy = v + (p->height - side) / 2;
            if (right > left && bottom > top)
                sum +=
                    (right - left) * (bottom - top) * p->at[(sy * p->width + sx) * p->channels + k];
        }
    return sum / (step * step);
}

static void areas(void **state)
{
    (void)state;
    static uint8_t pixels[3 * 40 * 40], out[3 * 64 * 64];
    static const int cases[][3] = { { 7, 7, 3 },  { 10, 14, 4 }, { 40, 33, 32 }, { 5, 5, 5 },
                                    { 12, 3, 1 }, { 3, 3, 8 },   { 5, 9, 64 },   { 40, 40, 20 } };
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (uint8_t)(i * 7919 >> 3);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int c = 1; c <= 3; c += 2) {
            const int size = cases[i][2];
            const Picture p = { cases[i][0], cases[i][1], c, pixels };
            assert_int_equal(picture_fit(&p, size, c, out, NULL), GT_OK);
            for (int j = 0; j < c * size * size; j++) {
                const int x = j % size, y = j / size % size, k = j / size / size;
                const double difference = out[j] - area_mean(&p, size, x, y, k);
                if (difference > 0.5 + 1e-9 || difference < -0.5 - 1e-9)
                    fail_msg("case %zu: (%d,%d,%d) is off by %g", i, x, y, k, difference);
            }
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(areas) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
