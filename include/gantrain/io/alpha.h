/* Transparency: a pixel over a background. */
#ifndef GANTRAIN_IO_ALPHA_H
#define GANTRAIN_IO_ALPHA_H

#include <stdint.h>

/* (alpha·value + (255 - alpha)·background) / 255, rounded. */
static inline uint8_t alpha_over(uint8_t value, uint8_t alpha, uint8_t background)
{
    return (uint8_t)((alpha * value + (255 - alpha) * background + 127) / 255);
}

#endif
