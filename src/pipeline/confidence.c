#include "pipeline/confidence.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

/* In the order of enum at_calibration_kind. */
static const char *const confidence_calibrations[] = {"none",       "temperature", "isotonic",
                                                      "venn-abers", "auto",        NULL};
const char *at_calibration_name(enum at_calibration_kind kind)
{
    return confidence_calibrations[kind];
}

#define OPTION(member) offsetof(struct at_confidence_options, member)
static const struct attune_option confidence_rows[] = {
    {"calibration", ATTUNE_OPTION_CHOICE, "auto", 0, 0, confidence_calibrations, NULL, NULL,
     "how probabilities are made honest, on answers to profiles that the model had not seen",
     OPTION(calibration)},
    {"folds", ATTUNE_OPTION_INT, "5", 2, 20, NULL, NULL, NULL,
     "folds of the cross-validation behind choice and calibration", OPTION(folds)},
    {"target_precision", ATTUNE_OPTION_REAL, "0", 0, 1, NULL, NULL, "P",
     "say nothing where the answers would be right less often than P of the time; 0: always answer",
     OPTION(target_precision)},
    {"min_margin", ATTUNE_OPTION_REAL, "0", 0, 1, NULL, NULL, "P",
     "say nothing where the two likeliest labels are closer than P", OPTION(min_margin)},
    {"conformal", ATTUNE_OPTION_REAL, "0", 0, 0.5, NULL, NULL, "ALPHA",
     "add the set of labels that holds the true one with probability 1 - ALPHA; 0: no set",
     OPTION(conformal)},
};
const struct at_option_table at_confidence_table = {confidence_rows, sizeof confidence_rows /
                                                                         sizeof *confidence_rows};

struct at_voice at_voice_equal(size_t n)
{
    return (struct at_voice){1.0 / (double)n, {1, AT_VOICE_FLOOR}};
}

void at_confidence_pool(double *p, const double *members, const struct at_voice *voice,
                        size_t n_members, size_t k)
{
    double top = -INFINITY, sum = 0;
    if (n_members == 1) {
        memcpy(p, members, k * sizeof *p);
        if (voice->temperature.t < 1 || voice->temperature.t > 1)
            at_temperature_apply(&voice->temperature, p, k);
        return;
    }
    for (size_t c = 0; c < k; c++) {
        p[c] = 0;
        for (size_t m = 0; m < n_members; m++)
            p[c] += voice[m].weight / voice[m].temperature.t *
                    log(fmax(members[m * k + c], voice[m].temperature.floor));
        top = fmax(top, p[c]);
    }
    for (size_t c = 0; c < k; c++)
        sum += p[c] = exp(p[c] - top);
    for (size_t c = 0; c < k; c++)
        p[c] /= sum;
}

void at_confidence_bound(double *p, size_t k, size_t n)
{
    const double share = 1 / ((double)n + 2);
    for (size_t c = 0; c < k; c++)
        p[c] = (1 - share) * p[c] + share / (double)k;
}
