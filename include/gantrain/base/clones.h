/* GT_CLONES before a function with a hot loop: the compiler makes a version each for x86-64, AVX2
 * and AVX-512, and the loader picks one by the processor. None of them may fuse a multiplication
 * with an addition (-ffp-contract=off), so elementwise arithmetic has the same bits in all three.
 * Sanitizers cannot instrument the choice; with them only the plain version exists. */
#ifndef GANTRAIN_BASE_CLONES_H
#define GANTRAIN_BASE_CLONES_H

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(GANTRAIN_PLAIN)
#define GT_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define GT_CLONES
#endif

#endif
