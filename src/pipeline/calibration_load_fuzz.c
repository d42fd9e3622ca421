/* Any bytes as the sections of a calibration under a valid header and checksum: load refuses them,
 * or what it loads gives probabilities for any scores.
 *
 * Input: u8 classes, u8 items of start, u8 items of x and v; then shape, start, x, v, cut off where
 * the input ends. */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "pipeline/calibration.h"
#include "support/memory_bundle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FUZZ_MAX_CLASSES = 8 };

static void fuzz_put(struct memory_bundle *b, const char *name, const uint8_t **data, size_t *left,
                     size_t wanted)
{
    const size_t n = wanted < *left ? wanted : *left / 8 * 8;
    memory_bundle_put(b, name, *data, n);
    *data += n;
    *left -= n;
}

static void fuzz_apply(const struct at_calibration *c)
{
    static const double scores[] = {0, 1e-9, 0.1, 0.25, 0.5, 0.625, 0.9, 1};
    double p[FUZZ_MAX_CLASSES], width;
    for (size_t shift = 0; shift < 8; shift++) {
        double sum = 0;
        for (size_t i = 0; i < c->n_classes; i++)
            p[i] = scores[(i + shift) % 8];
        at_calibration_apply(c, p, &width);
        for (size_t i = 0; i < c->n_classes; i++) {
            const bool curves = c->kind != AT_CALIBRATION_TEMPERATURE; /* which may underflow */
            if (!(p[i] >= 0 && p[i] <= 1) || (curves && !(p[i] > 0 && p[i] < 1)))
                abort();
            sum += p[i];
        }
        if (!(fabs(sum - 1) < 1e-9))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3)
        return 0;
    const size_t n_classes = 2 + data[0] % (FUZZ_MAX_CLASSES - 1), n_start = data[1], n_x = data[2];
    struct memory_bundle b;
    attune_reader reader;
    struct at_calibration c;
    memory_bundle_init(&b, size);
    data += 3;
    size -= 3;
    fuzz_put(&b, "calibration.shape", &data, &size, 40);
    fuzz_put(&b, "calibration.start", &data, &size, 8 * n_start);
    fuzz_put(&b, "calibration.x", &data, &size, 8 * n_x);
    fuzz_put(&b, "calibration.v", &data, &size, 8 * n_x);
    memory_bundle_finish(&b);
    if (at_bundle_open_memory(&reader, b.data, b.size, "fuzz", NULL) != ATTUNE_OK)
        abort(); /* the frame is valid whatever is in it */
    if (at_calibration_load(&c, &reader, n_classes, NULL) == ATTUNE_OK) {
        if (c.kind != AT_CALIBRATION_NONE)
            fuzz_apply(&c);
        at_calibration_release(&c);
    }
    memory_bundle_release(&b);
    return 0;
}
