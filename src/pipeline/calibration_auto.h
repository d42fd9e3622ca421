#ifndef AT_PIPELINE_CALIBRATION_AUTO_H
#define AT_PIPELINE_CALIBRATION_AUTO_H

#include <stdbool.h>

#include "pipeline/calibration.h"

/**
 * Is Venn-Abers worth its freedom on these rows? Both kinds are fitted on every second row and
 * judged on the others, and the other way round. *out is true when Venn-Abers has at least 1 % less
 * log-loss and finds no smaller share of each class on average (mean recall): what it gains in
 * honesty must not be paid for with the rare labels. n >= 4.
 * Errors   as at_calibration_fit; *out is then unchanged   Cost  about two fits
 */
attune_status at_calibration_prefers_venn_abers(bool *out, const double *p, const uint32_t *y,
                                                size_t n, size_t k, attune_error *err);

#endif
