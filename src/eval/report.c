/* The layout is scikit-learn's: a name column as wide as the widest of the names, "weighted avg"
 * and the number of digits; then columns of nine characters, right-aligned, with a space before
 * each. */
#include "eval/report.h"

#include <math.h>
#include <string.h>

static const char *const report_heading[] = {"precision", "recall", "f1-score", "support"};

static uint64_t report_answers(const struct at_metrics *m, size_t c)
{
    uint64_t n = 0;
    for (size_t d = 0; d < m->n_classes; d++)
        n += m->confusion[d * m->n_classes + c];
    return n;
}

static bool report_occurs(const struct at_metrics *m, size_t c)
{
    return m->class[c].support || report_answers(m, c);
}

/* Code points, which is what Python pads by. */
static size_t report_width(struct at_str text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++)
        n += ((unsigned char)text.ptr[i] & 0xC0) != 0x80;
    return n;
}

static attune_status report_right(struct at_buf *out, struct at_str text, size_t width,
                                  attune_error *err)
{
    for (size_t n = report_width(text); n < width; n++)
        AT_TRY(at_buf_add(out, " ", 1, err));
    return at_buf_add(out, text.ptr, text.len, err);
}

static attune_status report_name(struct at_buf *out, struct at_str name, size_t width,
                                 attune_error *err)
{
    AT_TRY(report_right(out, name, width, err));
    return at_buf_add(out, " ", 1, err);
}

static attune_status report_cell(struct at_buf *out, struct at_str text, attune_error *err)
{
    AT_TRY(at_buf_add(out, " ", 1, err));
    return report_right(out, text, 9, err);
}

static attune_status report_number(struct at_buf *out, double value, int digits, attune_error *err)
{
    char text[64];
    const size_t len = at_format_fixed(text, sizeof text, value, digits);
    return report_cell(out, (struct at_str){text, len}, err);
}

static attune_status report_support(struct at_buf *out, uint64_t support, attune_error *err)
{
    return at_buf_addf(out, err, " %9llu\n", (unsigned long long)support);
}

/* The columns of one row and how they are written. */
struct report_form {
    struct at_buf *out;
    size_t width;
    int digits;
};

static attune_status report_row(const struct report_form *f, struct at_str name,
                                const struct at_class_metrics *m, attune_error *err)
{
    AT_TRY(report_name(f->out, name, f->width, err));
    AT_TRY(report_number(f->out, m->precision, f->digits, err));
    AT_TRY(report_number(f->out, m->recall, f->digits, err));
    AT_TRY(report_number(f->out, m->f1, f->digits, err));
    return report_support(f->out, m->support, err);
}

static attune_status report_head(const struct report_form *f, attune_error *err)
{
    AT_TRY(report_name(f->out, at_str_from(""), f->width, err));
    for (size_t i = 0; i < 4; i++)
        AT_TRY(report_cell(f->out, at_str_from(report_heading[i]), err));
    return at_buf_addz(f->out, "\n\n", err);
}

/* scikit-learn prints the micro-averaged F1 under the name of accuracy. They are the same number,
 * but for the last bit, and that decides how 0.725 is rounded. */
static double report_micro_f1(double accuracy)
{
    return accuracy > 0 ? 2 * accuracy * accuracy / (accuracy + accuracy) : 0;
}

static attune_status report_foot(const struct report_form *f, const struct at_metrics *m,
                                 attune_error *err)
{
    AT_TRY(at_buf_addz(f->out, "\n", err));
    AT_TRY(report_name(f->out, at_str_from("accuracy"), f->width, err));
    AT_TRY(report_cell(f->out, at_str_from(""), err));
    AT_TRY(report_cell(f->out, at_str_from(""), err));
    AT_TRY(report_number(f->out, report_micro_f1(m->accuracy), f->digits, err));
    AT_TRY(report_support(f->out, m->n, err));
    AT_TRY(report_row(f, at_str_from("macro avg"), &m->macro, err));
    return report_row(f, at_str_from("weighted avg"), &m->weighted, err);
}

attune_status at_report_text(struct at_buf *out, const struct at_metrics *m,
                             const struct at_str *labels, int digits, attune_error *err)
{
    if (digits < 0 || digits > 17)
        return at_fail(err, ATTUNE_INVALID, "digits must be 0..17, got %d", digits);
    struct report_form f = {out, strlen("weighted avg"), digits};
    if ((size_t)digits > f.width)
        f.width = (size_t)digits;
    for (size_t c = 0; c < m->n_classes; c++)
        if (report_occurs(m, c) && report_width(labels[c]) > f.width)
            f.width = report_width(labels[c]);
    AT_TRY(report_head(&f, err));
    for (size_t c = 0; c < m->n_classes; c++)
        if (report_occurs(m, c))
            AT_TRY(report_row(&f, labels[c], &m->class[c], err));
    return report_foot(&f, m, err);
}

static void report_json_interval(struct at_json_out *o, const char *key, double low, double high)
{
    at_json_put_key(o, key);
    if (isnan(low)) {
        at_json_put_null(o);
        return;
    }
    at_json_array_begin(o);
    at_json_put_real(o, low);
    at_json_put_real(o, high);
    at_json_array_end(o);
}

static void report_json_row(struct at_json_out *o, const struct at_class_metrics *m)
{
    at_json_object_begin(o);
    at_json_set_real(o, "precision", m->precision);
    at_json_set_real(o, "recall", m->recall);
    at_json_set_real(o, "f1-score", m->f1);
    at_json_set_int(o, "support", (int64_t)m->support);
    at_json_object_end(o);
}

/* A class of this name would be a second member of the same name, which no reader accepts. */
static bool report_is_average(struct at_str label)
{
    static const char *const names[] = {"accuracy", "macro avg", "weighted avg"};
    for (size_t i = 0; i < 3; i++)
        if (at_str_equal(label, at_str_from(names[i])))
            return true;
    return false;
}

static void report_json_classes(struct at_json_out *o, const struct at_metrics *m,
                                const struct at_str *labels)
{
    at_json_put_key(o, "classification_report");
    at_json_object_begin(o);
    for (size_t c = 0; c < m->n_classes; c++) {
        if (!report_occurs(m, c) || report_is_average(labels[c]))
            continue;
        at_json_put_key_str(o, labels[c]);
        report_json_row(o, &m->class[c]);
    }
    at_json_set_real(o, "accuracy", m->accuracy);
    at_json_put_key(o, "macro avg");
    report_json_row(o, &m->macro);
    at_json_put_key(o, "weighted avg");
    report_json_row(o, &m->weighted);
    at_json_object_end(o);
}

static void report_json_confusion(struct at_json_out *o, const struct at_metrics *m,
                                  const struct at_str *labels)
{
    at_json_put_key(o, "confusion_matrix");
    at_json_object_begin(o);
    at_json_put_key(o, "labels");
    at_json_array_begin(o);
    for (size_t c = 0; c < m->n_classes; c++)
        at_json_put_str(o, labels[c]);
    at_json_array_end(o);
    at_json_put_key(o, "rows");
    at_json_array_begin(o);
    for (size_t c = 0; c < m->n_classes; c++) {
        at_json_array_begin(o);
        for (size_t d = 0; d < m->n_classes; d++)
            at_json_put_int(o, (int64_t)m->confusion[c * m->n_classes + d]);
        at_json_array_end(o);
    }
    at_json_array_end(o);
    at_json_object_end(o);
}

static void report_json_reliability(struct at_json_out *o, const struct at_metrics *m)
{
    at_json_put_key(o, "reliability");
    at_json_array_begin(o);
    for (size_t b = 0; b < AT_RELIABILITY_BINS; b++) {
        const struct at_reliability_bin *bin = &m->reliability[b];
        if (!bin->n)
            continue;
        at_json_object_begin(o);
        at_json_set_real(o, "from", (double)b / AT_RELIABILITY_BINS);
        at_json_set_real(o, "to", (double)(b + 1) / AT_RELIABILITY_BINS);
        at_json_set_int(o, "n", (int64_t)bin->n);
        at_json_set_real(o, "confidence", bin->confidence);
        at_json_set_real(o, "accuracy", bin->accuracy);
        at_json_object_end(o);
    }
    at_json_array_end(o);
}

static void report_json_coverage(struct at_json_out *o, const struct at_metrics *m)
{
    at_json_put_key(o, "coverage_curve");
    at_json_array_begin(o);
    for (size_t i = 0; i < m->n_coverage; i++) {
        at_json_object_begin(o);
        at_json_set_real(o, "threshold", m->coverage[i].threshold);
        at_json_set_real(o, "coverage", m->coverage[i].coverage);
        at_json_set_real(o, "precision", m->coverage[i].precision);
        at_json_object_end(o);
    }
    at_json_array_end(o);
}

void at_report_threshold_json(struct at_json_out *o, const struct at_threshold *threshold)
{
    at_json_object_begin(o);
    at_json_set_real(o, "target", threshold->target);
    at_json_set_real(o, "threshold", threshold->threshold); /* infinite is written as null */
    at_json_set_real(o, "coverage", threshold->coverage);
    at_json_set_real(o, "precision", threshold->precision);
    at_json_object_end(o);
}

void at_report_json(struct at_json_out *o, const struct at_metrics *m, const struct at_str *labels)
{
    at_json_set_real(o, "accuracy", m->accuracy);
    report_json_interval(o, "accuracy_interval", m->accuracy_low, m->accuracy_high);
    at_json_set_real(o, "macro_f1", m->macro.f1);
    report_json_interval(o, "macro_f1_interval", m->macro_f1_low, m->macro_f1_high);
    at_json_set_real(o, "log_loss", m->log_loss);
    report_json_interval(o, "log_loss_interval", m->log_loss_low, m->log_loss_high);
    at_json_set_real(o, "ece", m->ece);
    report_json_interval(o, "ece_interval", m->ece_low, m->ece_high);
    report_json_reliability(o, m);
    report_json_coverage(o, m);
    at_json_set_real(o, "brier", m->brier);
    at_json_set_real(o, "roc_auc", m->roc_auc);
    at_json_set_real(o, "mcc", m->mcc);
    at_json_set_real(o, "kappa", m->kappa);
    at_json_set_real(o, "balanced_accuracy", m->balanced_accuracy);
    report_json_classes(o, m, labels);
    report_json_confusion(o, m, labels);
}
