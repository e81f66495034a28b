/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The colour space of a PNG file that describes it by numbers (PNG
 * specification, chunks gAMA and cHRM) as the ICC profile that GIMP, too, makes
 * of them.  What is not given is as in sRGB.
 */
#include <lcms2.h>
#include "codecs.h"

static cmsToneCurve *
get_curve (gdouble gamma)
{
  /* IEC 61966-2-1, in the order of lcms's type 4 */
  const cmsFloat64Number srgb[] = { 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92,
                                    0.04045 };

  return gamma > 0.0 ? cmsBuildGamma (NULL, 1.0 / gamma) :
                       cmsBuildParametricToneCurve (NULL, 4, srgb);
}

static cmsHPROFILE
get_profile (gdouble gamma, const gdouble *at, gboolean gray)
{
  static const gdouble srgb[] = { 0.3127, 0.3290, 0.64, 0.33,
                                  0.30,   0.60,   0.15, 0.06 };
  const gdouble *places = at ? at : srgb;
  const cmsCIExyY white = { places[0], places[1], 1.0 };
  const cmsCIExyYTRIPLE primaries = { { places[2], places[3], 1.0 },
                                      { places[4], places[5], 1.0 },
                                      { places[6], places[7], 1.0 } };
  cmsToneCurve *curve = get_curve (gamma);
  cmsToneCurve *curves[] = { curve, curve, curve };
  cmsHPROFILE profile = NULL;

  if (curve && gray)
    profile = cmsCreateGrayProfile (&white, curve);
  else if (curve)
    profile = cmsCreateRGBProfile (&white, &primaries, curves);
  if (curve)
    cmsFreeToneCurve (curve);
  return profile;
}

GBytes *
photo_png_make_profile (gdouble gamma, const gdouble *at, gboolean gray)
{
  cmsHPROFILE profile = get_profile (gamma, at, gray);
  cmsUInt32Number length = 0;
  GBytes *bytes = NULL;

  if (profile && cmsSaveProfileToMem (profile, NULL, &length))
    {
      guint8 *data = g_malloc (length);

      if (cmsSaveProfileToMem (profile, data, &length))
        bytes = g_bytes_new_take (data, length);
      else
        g_free (data);
    }
  if (profile)
    cmsCloseProfile (profile);
  return bytes;
}
