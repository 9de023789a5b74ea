/* A program that ends by raising a signal against itself writes no counters. Linked into the
 * program of the preset `coverage` alone (--wrap=raise), so that they are written first. */
#include <gcov.h>
#include <signal.h>

int __real_raise(int number);
int __wrap_raise(int number);

int __wrap_raise(int number)
{
    __gcov_dump();
    return __real_raise(number);
}
