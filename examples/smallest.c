/* The smallest client: a home with models, one fan, one answer.
 *
 *   cc smallest.c $(pkg-config --cflags --libs attune) -o smallest && ./smallest HOME */
#include <attune/attune.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    static const char profile[] =
        "{\"fan_id\": \"new\", \"messages\": [\"hey, how was your day?\", \"I missed you\"]}";
    struct attune_home_options options = {0};
    attune_home *home = NULL;
    attune_predictor *predictor = NULL;
    char *answer = NULL;
    attune_error err = {0};

    options.folder = argc > 1 ? argv[1] : NULL;
    attune_status status = attune_home_open(&home, &options, &err);
    if (status == ATTUNE_OK)
        status = attune_predictor_open(&predictor, home, NULL, &err);
    if (status == ATTUNE_OK)
        status = attune_predict_json(predictor, profile, strlen(profile), &answer, &err);
    if (status == ATTUNE_OK)
        puts(answer);
    else
        fprintf(stderr, "smallest: %s\n", err.message);

    attune_free(answer);
    attune_predictor_close(predictor);
    attune_home_close(home);
    return attune_status_exit(status);
}
