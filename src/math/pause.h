/* The processor's hint for spin loops. */
#ifndef GANTRAIN_SRC_MATH_PAUSE_H
#define GANTRAIN_SRC_MATH_PAUSE_H

#if defined(__x86_64__) || defined(__i386__)
static inline void cpu_pause(void)
{
    __builtin_ia32_pause();
}
#else
static inline void cpu_pause(void)
{
}
#endif

#endif
