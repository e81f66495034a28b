/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <nn/nn.h>
#include <string.h>
#include "mutate.h"

#define MAX_PIECE 64

static const gchar *const nasty[] = {
  "0",
  "-1",
  "1",
  "2147483648",
  "4294967296",
  "nan",
  "inf",
  "1e999",
  "-0",
  "9223372036854775807",
  "0.5",
  "[",
  "]",
  "{",
  "}",
  "\"",
  "\\",
  ",",
  ":",
  "null",
  "true",
  "\\u0000",
  "\xff",
  "\n",
  ";",
  "=",
  "[model]\n",
  "F16",
  "F64",
  "18446744073709551616",
  "512",
  "513",
  "kind",
  "VAE",
  "z_dim",
  "99999",
  "__metadata__",
};

typedef struct
{
  guint64 seed;
  guint64 counter;
} Random;

/* In [0, n). */
static gsize
draw (Random *random, gsize n)
{
  const gdouble place = nn_random_uniform (random->seed, random->counter++);

  return n == 0 ? 0 : MIN (n - 1, (gsize) (place * (gdouble) n));
}

static void
insert (GByteArray *bytes, gsize at, gconstpointer data, gsize n)
{
  const gsize old = bytes->len;

  g_byte_array_set_size (bytes, (guint) (old + n));
  memmove (bytes->data + at + n, bytes->data + at, old - at);
  memcpy (bytes->data + at, data, n);
}

/* The run of digits that @at stands in or before. */
static gsize
replace_number (GByteArray *bytes, gsize at, gsize end, const gchar *text)
{
  gsize last;

  while (at < end && ! g_ascii_isdigit (bytes->data[at]))
    at++;
  for (last = at; last < end && g_ascii_isdigit (bytes->data[last]); last++)
    ;
  if (last > at)
    g_byte_array_remove_range (bytes, (guint) at, (guint) (last - at));
  insert (bytes, at, text, strlen (text));
  return end - (last - at) + strlen (text);
}

static gsize
mutate_once (GByteArray *bytes, gsize begin, gsize end, Random *random)
{
  const gsize at = begin + draw (random, end - begin);
  const gsize n = draw (random, MIN (MAX_PIECE, end - at)) + 1;
  const gchar *text = nasty[draw (random, G_N_ELEMENTS (nasty))];
  guint8 piece[MAX_PIECE];

  memcpy (piece, bytes->data + at, n);
  switch (draw (random, 8))
    {
    case 0:
      bytes->data[at] ^= (guint8) (1 << draw (random, 8));
      return end;
    case 1:
      bytes->data[at] = (guint8) draw (random, 256);
      return end;
    case 2:
      memset (bytes->data + at, draw (random, 2) ? 0xff : 0, n);
      return end;
    case 3:
      g_byte_array_remove_range (bytes, (guint) at, (guint) n);
      return end - n;
    case 4:
      insert (bytes, begin + draw (random, end - begin), piece, n);
      return end + n;
    case 5:
      insert (bytes, at, text, strlen (text));
      return end + strlen (text);
    case 6:
      return replace_number (bytes, at, end, text);
    default:
      memcpy (bytes->data + begin + draw (random, end - begin - n + 1), piece,
              n);
      return end;
    }
}

gsize
mutate (GByteArray *bytes, gsize begin, gsize end, guint64 seed)
{
  Random random = { .seed = seed };

  for (gsize times = draw (&random, 4) + 1; times > 0 && end > begin; times--)
    end = mutate_once (bytes, begin, end, &random);
  return end;
}
