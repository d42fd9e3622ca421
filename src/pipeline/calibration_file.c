/* A calibration as sections of a model file. What is read may be anything: every promise that apply
 * relies on is checked here, so that apply itself checks nothing. */
#include <math.h>

#include "base/bundle.h"
#include "pipeline/calibration.h"

enum { CALIBRATION_LAYOUT = 1 };

struct calibration_shape {
    uint32_t layout, kind;
    uint64_t n_classes, n_rows;
    double temperature, floor;
};

attune_status at_calibration_save(const struct at_calibration *c, attune_writer *writer,
                                  attune_error *err)
{
    if (c->kind == AT_CALIBRATION_NONE)
        return ATTUNE_OK;
    const struct calibration_shape shape = {CALIBRATION_LAYOUT, (uint32_t)c->kind,
                                            c->n_classes,       c->n_rows,
                                            c->temperature.t,   c->temperature.floor};
    AT_TRY(attune_writer_put(writer, "calibration.shape", &shape, sizeof shape, err));
    if (c->kind == AT_CALIBRATION_TEMPERATURE)
        return ATTUNE_OK;
    const size_t n_points = (size_t)c->curve.start[c->curve.n];
    AT_TRY(attune_writer_put(writer, "calibration.start", c->curve.start,
                             (c->curve.n + 1) * sizeof *c->curve.start, err));
    AT_TRY(
        attune_writer_put(writer, "calibration.x", c->curve.x, n_points * sizeof *c->curve.x, err));
    return attune_writer_put(writer, "calibration.v", c->curve.v, n_points * sizeof *c->curve.v,
                             err);
}

static attune_status calibration_corrupt(attune_error *err, const char *why)
{
    return at_fail(err, ATTUNE_CORRUPT, "damaged calibration: %s; train the model again", why);
}

static attune_status calibration_load_shape(struct at_calibration *c, const attune_reader *reader,
                                            attune_error *err)
{
    const void *data;
    size_t n;
    AT_TRY(attune_reader_get(reader, "calibration.shape", 1, &data, &n, err));
    const struct calibration_shape *shape = data;
    if (n < sizeof shape->layout)
        return calibration_corrupt(err, "its shape is cut off");
    if (shape->layout > CALIBRATION_LAYOUT)
        return at_fail(err, ATTUNE_TOO_NEW,
                       "calibration layout %lu is newer than %d, the newest known",
                       (unsigned long)shape->layout, CALIBRATION_LAYOUT);
    if (n != sizeof *shape || shape->layout != CALIBRATION_LAYOUT)
        return calibration_corrupt(err, "its shape has the wrong size");
    if (shape->kind <= AT_CALIBRATION_NONE || shape->kind >= AT_CALIBRATION_AUTO)
        return calibration_corrupt(err, "unknown kind");
    if (shape->n_classes != c->n_classes || shape->n_rows == 0)
        return calibration_corrupt(err, "it is of another number of classes");
    if (shape->kind == AT_CALIBRATION_TEMPERATURE &&
        !(shape->temperature >= AT_TEMPERATURE_MIN && shape->temperature <= AT_TEMPERATURE_MAX &&
          shape->floor >= 1e-300 && shape->floor <= 1e-3))
        return calibration_corrupt(err, "its temperature is out of range");
    c->kind = (enum at_calibration_kind)shape->kind;
    c->n_rows = (size_t)shape->n_rows;
    c->temperature = (struct at_temperature){shape->temperature, shape->floor};
    return ATTUNE_OK;
}

/* Points from..to-1: x strictly ascending, v non-decreasing and within low..high. */
static bool calibration_curve_valid(const struct at_curves *f, size_t i, double low, double high)
{
    const size_t from = (size_t)f->start[i], to = (size_t)f->start[i + 1];
    for (size_t j = from; j < to; j++) {
        if (!isfinite(f->x[j]) || !(f->v[j] >= low && f->v[j] <= high))
            return false;
        if (j > from && !(f->x[j] > f->x[j - 1] && f->v[j] >= f->v[j - 1]))
            return false;
    }
    return true;
}

/* The least that p1 can be, and 1 less the most that p0 can be, with n rows is 1 / (n + 1); half of
 * it leaves room for rounding. It keeps p1 / (1 - p0 + p1) away from 0 / 0. */
static bool calibration_curves_valid(const struct at_calibration *c)
{
    const struct at_curves *f = &c->curve;
    const double tiny = 0.5 / ((double)c->n_rows + 2);
    for (size_t i = 0; i < f->n; i++) {
        const bool isotonic = c->kind == AT_CALIBRATION_ISOTONIC, lower = i < c->n_classes;
        if (isotonic && f->start[i] == f->start[i + 1])
            return false;
        if (!calibration_curve_valid(f, i, isotonic || !lower ? tiny : 0,
                                     isotonic || lower ? 1 - tiny : 1))
            return false;
    }
    return true;
}

static attune_status calibration_load_curves(struct at_calibration *c, const attune_reader *reader,
                                             attune_error *err)
{
    struct at_curves *f = &c->curve;
    const void *start, *x, *v;
    size_t n_start, n_x, n_v;
    AT_TRY(attune_reader_get(reader, "calibration.start", sizeof *f->start, &start, &n_start, err));
    AT_TRY(attune_reader_get(reader, "calibration.x", sizeof *f->x, &x, &n_x, err));
    AT_TRY(attune_reader_get(reader, "calibration.v", sizeof *f->v, &v, &n_v, err));
    *f = (struct at_curves){c->n_classes * (c->kind == AT_CALIBRATION_ISOTONIC ? 1 : 2), start, x,
                            v};
    if (n_start != f->n + 1 || n_x != n_v || f->start[0] != 0 || f->start[f->n] != n_x)
        return calibration_corrupt(err, "its curves do not fit together");
    for (size_t i = 0; i < f->n; i++)
        if (f->start[i] > f->start[i + 1])
            return calibration_corrupt(err, "its curves do not fit together");
    if (!calibration_curves_valid(c))
        return calibration_corrupt(err, "a curve is not one of rising probabilities");
    return ATTUNE_OK;
}

attune_status at_calibration_load(struct at_calibration *out, const attune_reader *reader,
                                  size_t n_classes, attune_error *err)
{
    *out = (struct at_calibration){0};
    if (!at_bundle_has(reader, "calibration.shape"))
        return ATTUNE_OK;
    struct at_calibration c = {.n_classes = n_classes};
    AT_TRY(calibration_load_shape(&c, reader, err));
    if (c.kind != AT_CALIBRATION_TEMPERATURE)
        AT_TRY(calibration_load_curves(&c, reader, err));
    *out = c;
    return ATTUNE_OK;
}
