/* Scores of a row, added up right in its place of the answer, then made into probabilities. */
#include <math.h>
#include <string.h>

#include "model/score_model.h"

static double predict_sigmoid(double score)
{
    const double e = exp(-fabs(score));
    return score >= 0 ? 1 / (1 + e) : e / (1 + e);
}

/* What a value of a row counts as. */
static double predict_value(const struct at_score_model *m, float value)
{
    return m->link == AT_SCORE_PRESENCE ? (value < 0 || value > 0) : (double)value;
}

static double predict_one_score(const struct at_score_model *m, const struct attune_rows *rows,
                                size_t row)
{
    double score = m->intercept[0];
    for (uint64_t i = rows->start[row]; i < rows->start[row + 1]; i++)
        score += predict_value(m, rows->value[i]) * (double)m->weight[rows->col[i]];
    return score;
}

static void predict_scores(const struct at_score_model *m, const struct attune_rows *rows,
                           size_t row, double *score)
{
    const size_t k = m->n_scores;
    memcpy(score, m->intercept, k * sizeof *score);
    for (uint64_t i = rows->start[row]; i < rows->start[row + 1]; i++) {
        const double value = predict_value(m, rows->value[i]);
        const float *weight = m->weight + (size_t)rows->col[i] * k;
        for (size_t c = 0; c < k; c++)
            score[c] += value * (double)weight[c];
    }
}

static void predict_softmax(double *p, size_t k)
{
    double top = p[0], sum = 0;
    for (size_t c = 1; c < k; c++)
        top = fmax(top, p[c]);
    for (size_t c = 0; c < k; c++)
        sum += p[c] = exp(p[c] - top);
    for (size_t c = 0; c < k; c++)
        p[c] /= sum;
}

/* Each class's own probability, made to sum to 1. Where all are next to nothing, their ratios are
 * those of exp(score). */
static void predict_ovr(double *p, size_t k)
{
    double sum = 0, top = p[0];
    for (size_t c = 0; c < k; c++) {
        top = fmax(top, p[c]);
        sum += predict_sigmoid(p[c]);
    }
    if (top < -30) {
        predict_softmax(p, k);
        return;
    }
    for (size_t c = 0; c < k; c++)
        p[c] = predict_sigmoid(p[c]) / sum;
}

static void predict_row(const struct at_score_model *m, const struct attune_rows *rows, size_t row,
                        double *p)
{
    const size_t n_known = m->n_known;
    if (n_known == 1) {
        p[0] = 1;
    } else if (n_known == 2) {
        const double score = predict_one_score(m, rows, row);
        p[1] = predict_sigmoid(score);
        p[0] = predict_sigmoid(-score); /* 1 - p[1] would be 0 from a score of 37 on */
    } else {
        predict_scores(m, rows, row, p);
        if (m->link == AT_SCORE_OVR)
            predict_ovr(p, n_known);
        else
            predict_softmax(p, n_known);
    }
    /* from the known classes to all, the last first, so that none is overwritten before it moved */
    memset(p + n_known, 0, (m->base.n_classes - n_known) * sizeof *p);
    for (size_t s = n_known; s-- > 0;) {
        const size_t c = m->known[s];
        if (c == s)
            break; /* and so are all before it */
        p[c] = p[s];
        p[s] = 0;
    }
}

size_t at_score_scratch_bytes(const struct attune_model *model)
{
    (void)model;
    return 0;
}

attune_status at_score_predict(const struct attune_model *model, const struct attune_rows *rows,
                               double *proba, void *scratch, attune_error *err)
{
    (void)scratch;
    (void)err;
    const struct at_score_model *m = (const struct at_score_model *)model;
    for (size_t i = 0; i < rows->n_rows; i++)
        predict_row(m, rows, i, proba + i * model->n_classes);
    return ATTUNE_OK;
}

/* The factors that make the score of one class from all: with two classes there is one score,
 * that of the second; with more, (its own - the mean of the others). */
static double explain_mix(const struct at_score_model *m, const double *score, size_t known)
{
    double others = 0;
    if (m->n_known == 2)
        return known == 1 ? score[0] : -score[0];
    if (m->link == AT_SCORE_OVR)
        return score[known];
    for (size_t c = 0; c < m->n_known; c++)
        others += c == known ? 0 : score[c];
    return score[known] - others / (double)(m->n_known - 1);
}

static double explain_mix_weights(const struct at_score_model *m, size_t column, size_t known)
{
    const float *weight = m->weight + column * m->n_scores;
    double others = 0;
    if (m->n_known == 2)
        return known == 1 ? (double)weight[0] : -(double)weight[0];
    if (m->link == AT_SCORE_OVR)
        return (double)weight[known];
    for (size_t c = 0; c < m->n_known; c++)
        others += c == known ? 0 : (double)weight[c];
    return (double)weight[known] - others / (double)(m->n_known - 1);
}

attune_status at_score_explain(const struct attune_model *model, const struct attune_rows *row,
                               uint32_t class_index, double *contribution, double *base,
                               attune_error *err)
{
    (void)err;
    const struct at_score_model *m = (const struct at_score_model *)model;
    size_t known = 0;
    memset(contribution, 0, model->n_features * sizeof *contribution);
    *base = 0;
    while (known < m->n_known && m->known[known] != class_index)
        known++;
    if (known == m->n_known || m->n_known == 1)
        return ATTUNE_OK;
    *base = explain_mix(m, m->intercept, known);
    for (uint64_t i = row->start[0]; i < row->start[1]; i++)
        contribution[row->col[i]] =
            predict_value(m, row->value[i]) * explain_mix_weights(m, row->col[i], known);
    return ATTUNE_OK;
}
