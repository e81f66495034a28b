/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random numbers as a pure function of seed and counter: the finaliser of
 * SplitMix64 (Steele, Lea and Flood 2014; constants of Stafford's variant 13)
 * over both, the seed scattered first so that near seeds have nothing in
 * common.
 */
#include "nn-internal.h"

#include <math.h>

#define GOLDEN_RATIO 0x9e3779b97f4a7c15u
#define NORMAL_STREAM 0xd1b54a32d192ed03u

uint64_t
nn_random_bits (uint64_t seed, uint64_t counter)
{
  uint64_t bits = seed + GOLDEN_RATIO;

  for (int round = 0; round < 2; round++)
    {
      bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9u;
      bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebu;
      bits ^= bits >> 31;
      if (round == 0)
        bits += (counter + 1) * GOLDEN_RATIO;
    }
  return bits;
}

float
nn_random_uniform (uint64_t seed, uint64_t counter)
{
  return (nn_random_bits (seed, counter) >> 40) * 0x1p-24f;
}

/* Box and Muller 1958, in double so that what the C libraries differ in is
 * rounded away. */
float
nn_random_normal (uint64_t seed, uint64_t counter)
{
  uint64_t stream = seed ^ NORMAL_STREAM;
  uint64_t first = nn_random_bits (stream, 2 * counter) >> 11;
  uint64_t second = nn_random_bits (stream, 2 * counter + 1) >> 11;
  double radius = sqrt (-2.0 * log ((first + 1) * 0x1p-53));

  return radius * cos (6.283185307179586 * 0x1p-53 * second);
}
