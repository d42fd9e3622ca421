/* A pipeline of one's own choice of parts, without a home: fit on samples, save, open, predict. */
#include <attune/attune.h>
#include <stdio.h>

static const char *const praise[] = {"thank you so much, this made my day"};
static const char *const love[] = {"I love this", "so kind of you"};
static const char *const rude[] = {"this is a waste of money"};
static const char *const angry[] = {"terrible, I want my money back"};

static const struct attune_sample samples[] = {
    {"a", praise, 1, "happy"},
    {"b", love, 2, "happy"},
    {"c", rude, 1, "unhappy"},
    {"d", angry, 1, "unhappy"},
};

static attune_status make(const char *path, attune_error *err)
{
    /* every option of the feature block and of the kind, by name */
    static const struct attune_setting settings[] = {
        {"tfidf.ngram_range", "1,2"},
        {"tfidf.sublinear_tf", "true"},
        {"forest.n_estimators", "50"},
    };
    struct attune_pipeline_options options = {0};
    attune_pipeline *pipeline = NULL;
    options.target = "mood";
    options.kind = "forest";
    options.options = settings;
    options.n_options = sizeof settings / sizeof *settings;
    options.seed = 7;
    attune_status status = attune_pipeline_fit(&pipeline, samples, sizeof samples / sizeof *samples,
                                               &options, NULL, err);
    if (status == ATTUNE_OK)
        status = attune_pipeline_save(pipeline, path, err);
    attune_pipeline_close(pipeline);
    return status;
}

static attune_status ask(const char *path, attune_error *err)
{
    static const char *const messages[] = {"thank you, I love it"};
    static const struct attune_sample fan = {"new", messages, 1, NULL};
    attune_pipeline *pipeline = NULL;
    attune_session *session = NULL;
    double p[8];
    attune_status status = attune_pipeline_open(&pipeline, path, NULL, 0, err);
    if (status == ATTUNE_OK)
        status = attune_session_create(&session, pipeline, err);
    if (status == ATTUNE_OK)
        status = attune_session_predict(session, &fan, p, err);
    for (size_t i = 0; status == ATTUNE_OK && i < attune_pipeline_n_labels(pipeline); i++)
        printf("%s %.2f\n", attune_pipeline_label(pipeline, i), p[i]);
    attune_session_destroy(session);
    attune_pipeline_close(pipeline);
    return status;
}

int main(int argc, char **argv)
{
    const char *path = argc > 1 ? argv[1] : "mood.attune";
    attune_error err = {0};
    attune_status status = make(path, &err);
    if (status == ATTUNE_OK)
        status = ask(path, &err);
    if (status != ATTUNE_OK)
        fprintf(stderr, "custom_pipeline: %s\n", err.message);
    return attune_status_exit(status);
}
