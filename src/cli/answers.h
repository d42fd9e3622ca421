#ifndef AT_CLI_ANSWERS_H
#define AT_CLI_ANSWERS_H

#include "attune/model.h"
#include "cli/cli.h"

/* What predict and apply share: answers, one a profile, as JSON Lines or as text. */
struct at_answers {
    struct at_cli *cli;
    bool json; /* --output json; without --output also whenever standard output is no terminal */
    uint64_t n_written;
};

struct at_answers at_answers_begin(struct at_cli *cli, bool of_a_file);
/** One answer as attune_predict_json gives it. An attune_line_fn; `user` is a struct at_answers. */
attune_status at_answers_write(void *user, const char *line, size_t len_bytes, attune_error *err);
/** Every profile of the file (NULL: standard input). FORMAT when rows were rejected and none was
 * good. */
attune_status at_answers_file(struct at_answers *answers, attune_predictor *predictor,
                              const char *path, const char *format, attune_error *err);
/** One answer for people. */
void at_answers_page(struct at_page *page, const at_json *answer);

#endif
