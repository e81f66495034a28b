/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n-lib.h>
#include <math.h>
#include "facet-key-value.h"

/* --- what a key may hold ----------------------------------------------------
 */

static gint
fewest_filters (const FacetKey *key)
{
  return key->n_minimum > 0 ? key->n_minimum : 1;
}

static gint
most_filters (const FacetKey *key)
{
  return key->n_maximum > 0 ? key->n_maximum : FACET_MAX_CONV_LAYERS;
}

/* As one would write it: 100, not 1e+02. */
static gchar *
bound_to_text (gdouble bound)
{
  gchar text[G_ASCII_DTOSTR_BUF_SIZE];

  return g_strdup (g_ascii_formatd (text, sizeof text, "%.12g", bound));
}

gchar *
facet_key_describe (const FacetKey *key)
{
  g_autofree gchar *minimum = bound_to_text (key->minimum);
  g_autofree gchar *maximum = bound_to_text (key->maximum);
  g_autofree gchar *choices = g_strjoinv (_ (" or "), (gchar **) key->choices);

  switch (key->kind)
    {
    case FACET_VALUE_CHOICE:
      return g_steal_pointer (&choices);
    case FACET_VALUE_FLAG:
      return g_strdup (_ ("true or false"));
    case FACET_VALUE_INTEGER:
      return g_strdup_printf (_ ("a whole number from %s to %s"), minimum,
                              maximum);
    case FACET_VALUE_NUMBER:
      return g_strdup_printf (_ ("a number from %s to %s"), minimum, maximum);
    case FACET_VALUE_SHAPE:
      return g_strdup_printf (
          _ ("height;width;channels: %s to %s pixels a side, 1 or 3 channels"),
          minimum, maximum);
    case FACET_VALUE_FILTERS:
      return g_strdup_printf (_ ("%d to %d whole numbers from %s to %s, "
                                 "separated by semicolons"),
                              fewest_filters (key), most_filters (key), minimum,
                              maximum);
    case FACET_VALUE_KERNEL_SIZE:
    case FACET_VALUE_STRIDES:
      return g_strdup_printf (_ ("as many whole numbers as there are filters, "
                                 "from %s to %s, separated by semicolons"),
                              minimum, maximum);
    case FACET_VALUE_TEXT:
      break;
    }
  return g_strdup (_ ("a text that is not empty"));
}

/* --- reading ----------------------------------------------------------------
 */

/* Returns how many numbers there are, -1 where one is wrong or too many. */
static gint
parse_integers (const FacetKey *key,
                const gchar *text,
                gint *numbers,
                gint maximum)
{
  g_auto (GStrv) words = g_strsplit (text, ";", -1);
  gint n = (gint) g_strv_length (words);

  if (n > 1 && *g_strstrip (words[n - 1]) == '\0')
    n--;
  if (n > maximum)
    return -1;
  for (gint i = 0; i < n; i++)
    {
      gint64 number;

      if (! g_ascii_string_to_signed (g_strstrip (words[i]), 10,
                                      (gint64) key->minimum,
                                      (gint64) key->maximum, &number, NULL))
        return -1;
      numbers[i] = (gint) number;
    }
  return n;
}

static gboolean
parse_number (const FacetKey *key, const gchar *text, gdouble *number)
{
  gchar *end;

  *number = g_ascii_strtod (text, &end);
  return end != text && *end == '\0' && isfinite (*number) &&
         *number >= key->minimum && *number <= key->maximum;
}

static gboolean
parse_choice (const FacetKey *key, const gchar *text, gint *choice)
{
  for (gint i = 0; i < FACET_KEY_MAX_CHOICES && key->choices[i]; i++)
    if (g_str_equal (text, key->choices[i]))
      {
        *choice = i;
        return TRUE;
      }
  return FALSE;
}

static gboolean
parse_flag (const gchar *text, gboolean *flag)
{
  *flag = g_str_equal (text, "true");
  return *flag || g_str_equal (text, "false");
}

static gboolean
parse_shape (const FacetKey *key, const gchar *text, NnShape *shape)
{
  gint numbers[3];

  if (parse_integers (key, text, numbers, 3) != 3)
    return FALSE;
  *shape = (NnShape) { numbers[0], numbers[1], numbers[2] };
  return shape->channels == 1 || shape->channels == 3;
}

/* The filters come first: they say how many layers there are. */
static gboolean
parse_stack (const FacetKey *key, const gchar *text, FacetConvStack *stack)
{
  gint *numbers = key->kind == FACET_VALUE_FILTERS     ? stack->filters :
                  key->kind == FACET_VALUE_KERNEL_SIZE ? stack->kernel_size :
                                                         stack->strides;
  const gint n = parse_integers (key, text, numbers, most_filters (key));

  if (key->kind == FACET_VALUE_FILTERS)
    stack->n = n;
  return n >= fewest_filters (key) && n == stack->n;
}

gboolean
facet_key_parse (const FacetKey *key, const gchar *text, gpointer recipe)
{
  gpointer member = G_STRUCT_MEMBER_P (recipe, key->offset);
  gint number[1];

  switch (key->kind)
    {
    case FACET_VALUE_TEXT:
      *(gchar **) member = g_strdup (text);
      return key->preset || *text;
    case FACET_VALUE_CHOICE:
      return parse_choice (key, text, member);
    case FACET_VALUE_FLAG:
      return parse_flag (text, member);
    case FACET_VALUE_INTEGER:
      if (parse_integers (key, text, number, 1) != 1)
        return FALSE;
      *(gint *) member = *number;
      return TRUE;
    case FACET_VALUE_NUMBER:
      return parse_number (key, text, member);
    case FACET_VALUE_SHAPE:
      return parse_shape (key, text, member);
    case FACET_VALUE_FILTERS:
    case FACET_VALUE_KERNEL_SIZE:
    case FACET_VALUE_STRIDES:
      return parse_stack (key, text, member);
    }
  return FALSE;
}

/* --- writing ----------------------------------------------------------------
 */

/* The shortest text that reads back as @number. */
static gchar *
number_to_text (gdouble number)
{
  gchar text[G_ASCII_DTOSTR_BUF_SIZE];
  gchar format[8];

  for (gint digits = 1; digits <= 17; digits++)
    {
      g_snprintf (format, sizeof format, "%%.%dg", digits);
      g_ascii_formatd (text, sizeof text, format, number);
      if (g_ascii_strtod (text, NULL) == number)
        break;
    }
  return g_strdup (text);
}

static gchar *
integers_to_text (const gint *numbers, gint n)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (gint i = 0; i < n; i++)
    g_string_append_printf (text, "%s%d", i > 0 ? ";" : "", numbers[i]);
  return g_string_free_and_steal (g_steal_pointer (&text));
}

gchar *
facet_key_to_text (const FacetKey *key, gconstpointer recipe)
{
  gconstpointer member = G_STRUCT_MEMBER_P (recipe, key->offset);
  const FacetConvStack *stack = member;
  const NnShape *shape = member;

  switch (key->kind)
    {
    case FACET_VALUE_TEXT:
      return g_strdup (*(gchar *const *) member);
    case FACET_VALUE_CHOICE:
      return g_strdup (key->choices[*(const gint *) member]);
    case FACET_VALUE_FLAG:
      return g_strdup (*(const gboolean *) member ? "true" : "false");
    case FACET_VALUE_INTEGER:
      return integers_to_text (member, 1);
    case FACET_VALUE_NUMBER:
      return number_to_text (*(const gdouble *) member);
    case FACET_VALUE_SHAPE:
      return g_strdup_printf ("%d;%d;%d", shape->height, shape->width,
                              shape->channels);
    case FACET_VALUE_FILTERS:
      return integers_to_text (stack->filters, stack->n);
    case FACET_VALUE_KERNEL_SIZE:
      return integers_to_text (stack->kernel_size, stack->n);
    case FACET_VALUE_STRIDES:
      return integers_to_text (stack->strides, stack->n);
    }
  return NULL;
}
