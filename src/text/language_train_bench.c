/* Trains the weights of language identification; see tools/language/README.md.
 *
 *     language_train_bench TRAIN HELD_OUT WEIGHTS.bin TABLE.c
 *
 * TRAIN and HELD_OUT are lines "tag TAB text" in random order. One multinomial logistic regression
 * a script, by AdaGrad over rows of counts divided by the root of their number. The sharpness of
 * each length minimises the log-loss of HELD_OUT, which a model without it in TRAIN would not have
 * seen; then the weights become 8-bit numbers. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text/language_table.h"
#include "text/language_words.h"

enum { EPOCHS = 6, ROW_MAX = 4096, LINE_MAX_BYTES = 65536 };
static const double train_rate = 0.4, train_shrink = 2e-6;

struct train_model {
    const char *name;
    uint32_t n_buckets, n_tags;
    const char *tags[AT_LANGUAGE_TAGS_MAX];
    float *w, *g;
    double bias[AT_LANGUAGE_TAGS_MAX], bias_g[AT_LANGUAGE_TAGS_MAX];
    double scale;
    double sharpness[AT_LANGUAGE_LENGTHS];
};

static struct train_model train_models[AT_LANGUAGE_N_LINEAR] = {
    {"latin",
     11200,
     24,
     {"en", "fr", "de", "es", "it", "pt", "nl", "sv", "da", "no", "fi",      "pl",
      "cs", "sk", "ro", "hu", "tr", "id", "vi", "tl", "hr", "ca", "hi-Latn", "und"},
     NULL,
     NULL,
     {0},
     {0},
     1,
     {1, 1, 1, 1, 1, 1}},
    {"cyrillic",
     2048,
     5,
     {"ru", "uk", "bg", "sr", "und"},
     NULL,
     NULL,
     {0},
     {0},
     1,
     {1, 1, 1, 1, 1, 1}},
    {"arabic", 1024, 4, {"ar", "fa", "ur", "und"}, NULL, NULL, {0}, {0}, 1, {1, 1, 1, 1, 1, 1}},
    {"devanagari", 1024, 3, {"hi", "mr", "ne"}, NULL, NULL, {0}, {0}, 1, {1, 1, 1, 1, 1, 1}},
};

struct train_row {
    uint32_t n, label;
    struct train_model *model;
    uint32_t rows[ROW_MAX];
};

static bool train_read(struct train_row *row, FILE *in)
{
    static char line[LINE_MAX_BYTES];
    while (fgets(line, sizeof line, in)) {
        char *tab = strchr(line, '\t');
        if (!tab)
            continue;
        *tab = 0;
        struct at_language_words words;
        struct at_language_word word;
        uint32_t features[AT_LANGUAGE_FEATURES_MAX];
        row->n = 0;
        row->model = NULL;
        at_language_words_begin(&words, (struct at_str){tab + 1, strlen(tab + 1)});
        while (at_language_words_next(&words, &word)) {
            if (word.script >= AT_LANGUAGE_N_LINEAR)
                continue;
            if (!row->model)
                row->model = &train_models[word.script];
            if (&train_models[word.script] != row->model)
                continue;
            const size_t n = at_language_features(&word, row->model->n_buckets, features);
            if (row->n + n > ROW_MAX)
                break;
            memcpy(row->rows + row->n, features, n * sizeof *features);
            row->n += (uint32_t)n;
        }
        for (uint32_t k = 0; row->model && k < row->model->n_tags; k++) {
            row->label = k;
            if (strcmp(row->model->tags[k], line) == 0)
                return true;
        }
    }
    return false;
}

static void train_logits(const struct train_row *row, double *z)
{
    const struct train_model *m = row->model;
    double sum[AT_LANGUAGE_TAGS_MAX] = {0};
    for (uint32_t i = 0; i < row->n; i++)
        for (uint32_t k = 0; k < m->n_tags; k++)
            sum[k] += (double)m->w[(size_t)row->rows[i] * m->n_tags + k];
    for (uint32_t k = 0; k < m->n_tags; k++)
        z[k] = sum[k] / sqrt(row->n) + m->bias[k];
}

static double train_softmax(double *z, uint32_t n, double sharpness, uint32_t label)
{
    double top = -INFINITY, total = 0;
    for (uint32_t k = 0; k < n; k++)
        top = z[k] > top ? z[k] : top;
    for (uint32_t k = 0; k < n; k++)
        total += z[k] = exp(sharpness * (z[k] - top));
    for (uint32_t k = 0; k < n; k++)
        z[k] /= total;
    return -log(z[label] + 1e-300);
}

static double train_step(struct train_row *row, double rate)
{
    struct train_model *m = row->model;
    double z[AT_LANGUAGE_TAGS_MAX];
    train_logits(row, z);
    const double loss = train_softmax(z, m->n_tags, 1, row->label);
    z[row->label] -= 1;
    const double x = 1 / sqrt(row->n);
    for (uint32_t k = 0; k < m->n_tags; k++) {
        m->bias_g[k] += z[k] * z[k];
        m->bias[k] -= 0.1 * rate * z[k] / sqrt(m->bias_g[k] + 1e-6);
    }
    for (uint32_t i = 0; i < row->n; i++) {
        float *const w = m->w + (size_t)row->rows[i] * m->n_tags;
        float *const g = m->g + (size_t)row->rows[i] * m->n_tags;
        for (uint32_t k = 0; k < m->n_tags; k++) {
            const float d = (float)(z[k] * x + train_shrink * (double)w[k]);
            g[k] += d * d;
            w[k] -= (float)rate * d / sqrtf(g[k] + 1e-6f);
        }
    }
    return loss;
}

static void train_epochs(const char *file)
{
    static struct train_row row;
    double n_seen = 0, n_all = 0;
    FILE *in = fopen(file, "r");
    if (!in)
        exit(1);
    while (train_read(&row, in))
        n_all += EPOCHS;
    for (int e = 0; e < EPOCHS; e++) {
        double loss = 0, n = 0;
        rewind(in);
        for (; train_read(&row, in); n++, n_seen++)
            loss += train_step(&row, train_rate * (1.02 - n_seen / n_all));
        fprintf(stderr, "epoch %d: %.0f rows, log-loss %.4f\n", e + 1, n, loss / n);
    }
    fclose(in);
}

static void train_quantise(struct train_model *m)
{
    const size_t n = (size_t)m->n_buckets * m->n_tags;
    double sum = 0;
    for (size_t b = 0; b < m->n_buckets; b++) { /* a constant of a row says nothing */
        double mean = 0;
        for (size_t k = 0; k < m->n_tags; k++)
            mean += (double)m->w[b * m->n_tags + k] / m->n_tags;
        for (size_t k = 0; k < m->n_tags; k++)
            m->w[b * m->n_tags + k] -= (float)mean;
    }
    for (size_t i = 0; i < n; i++)
        sum += (double)m->w[i] * (double)m->w[i];
    m->scale = 5 * sqrt(sum / (double)n) / 127;
    for (size_t i = 0; i < n; i++) {
        double q = nearbyint((double)m->w[i] / m->scale);
        q = q > 127 ? 127 : q < -127 ? -127 : q;
        m->w[i] = (float)(q * m->scale);
    }
}

/* The sharpness of a length with the least log-loss, over a grid of ratios. */
static void train_calibrate(const char *file)
{
    enum { GRID = 60 };
    static struct train_row row;
    static double loss[AT_LANGUAGE_N_LINEAR][AT_LANGUAGE_LENGTHS][GRID];
    static double count[AT_LANGUAGE_N_LINEAR][AT_LANGUAGE_LENGTHS];
    double grid[GRID], hits = 0, n = 0;
    for (int i = 0; i < GRID; i++)
        grid[i] = 0.6 * pow(2, i / (GRID - 1.0));
    FILE *in = fopen(file, "r");
    if (!in)
        exit(1);
    while (train_read(&row, in)) {
        const size_t m = (size_t)(row.model - train_models), l = at_language_length_class(row.n);
        double z[AT_LANGUAGE_TAGS_MAX], p[AT_LANGUAGE_TAGS_MAX];
        train_logits(&row, z);
        uint32_t best = 0;
        for (uint32_t k = 1; k < row.model->n_tags; k++)
            best = z[k] > z[best] ? k : best;
        hits += best == row.label;
        n++;
        count[m][l]++;
        for (int i = 0; i < GRID; i++) {
            memcpy(p, z, sizeof p);
            loss[m][l][i] += train_softmax(p, row.model->n_tags, grid[i], row.label);
        }
    }
    fclose(in);
    for (size_t m = 0; m < AT_LANGUAGE_N_LINEAR; m++)
        for (size_t l = 0; l < AT_LANGUAGE_LENGTHS; l++) {
            int best = 0;
            for (int i = 1; i < GRID; i++)
                best = loss[m][l][i] < loss[m][l][best] ? i : best;
            train_models[m].sharpness[l] = count[m][l] < 100 ? 1 : grid[best];
            fprintf(stderr, "%s length %zu: %.0f rows, sharpness %.3f, log-loss %.3f\n",
                    train_models[m].name, l, count[m][l], train_models[m].sharpness[l],
                    loss[m][l][best] / count[m][l]);
        }
    fprintf(stderr, "held out: accuracy %.4f of %.0f\n", hits / n, n);
}

static void train_write(const char *bin, const char *table)
{
    static const char *const groups[] = {"LATIN", "CYRILLIC", "ARABIC", "DEVANAGARI"};
    FILE *b = fopen(bin, "wb"), *t = fopen(table, "w");
    size_t offset = 0;
    if (!b || !t)
        exit(1);
    fputs("/* Written by language_train_bench together with language_weights.bin. */\n"
          "#include \"text/language_table.h\"\n\n"
          "/* clang-format off */\n"
          "const struct at_language_group at_language_groups[AT_LANGUAGE_N_LINEAR] = {\n",
          t);
    for (size_t i = 0; i < AT_LANGUAGE_N_LINEAR; i++) {
        const struct train_model *m = &train_models[i];
        const size_t n = (size_t)m->n_buckets * m->n_tags;
        fprintf(t,
                "    [AT_LANGUAGE_%s] = {\n        .name = \"%s\",\n        .n_tags = %u,\n"
                "        .n_buckets = %u,\n        .offset = %zu,\n        .scale = %.6ef,\n       "
                " .bias = {",
                groups[i], m->name, m->n_tags, m->n_buckets, offset, m->scale);
        for (size_t k = 0; k < m->n_tags; k++)
            fprintf(t, "%s%.4ff", k ? ", " : "", m->bias[k]);
        fputs("},\n        .sharpness = {", t);
        for (size_t k = 0; k < AT_LANGUAGE_LENGTHS; k++)
            fprintf(t, "%s%.4ff", k ? ", " : "", m->sharpness[k]);
        fputs("},\n        .tags = {", t);
        for (size_t k = 0; k < m->n_tags; k++)
            fprintf(t, "%s\"%s\"", k ? ", " : "", m->tags[k]);
        fputs("},\n    },\n", t);
        for (size_t k = 0; k < n; k++)
            fputc((int)nearbyint((double)m->w[k] / m->scale) & 255, b);
        offset += n;
    }
    fputs("};\n", t);
    fclose(b);
    fclose(t);
}

static void train_fit(const char *file)
{
    for (size_t i = 0; i < AT_LANGUAGE_N_LINEAR; i++) {
        struct train_model *m = &train_models[i];
        const size_t n = (size_t)m->n_buckets * m->n_tags;
        free(m->w);
        free(m->g);
        m->w = calloc(n, sizeof *m->w);
        m->g = calloc(n, sizeof *m->g);
        if (!m->w || !m->g)
            exit(1);
        memset(m->bias, 0, sizeof m->bias);
        memset(m->bias_g, 0, sizeof m->bias_g);
    }
    train_epochs(file);
    for (size_t i = 0; i < AT_LANGUAGE_N_LINEAR; i++)
        train_quantise(&train_models[i]);
}

int main(int argc, char **argv)
{
    if (argc != 6) {
        fputs("usage: language_train_bench FIRST HELD_OUT ALL WEIGHTS.bin TABLE.c\n", stderr);
        return 2;
    }
    train_fit(argv[1]);
    train_calibrate(argv[2]);
    train_fit(argv[3]);
    train_write(argv[4], argv[5]);
    for (size_t i = 0; i < AT_LANGUAGE_N_LINEAR; i++) {
        free(train_models[i].w);
        free(train_models[i].g);
    }
    return 0;
}
