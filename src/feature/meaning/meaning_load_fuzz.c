/* The input is the section `params` of a bundle whose checksum fits, so the block's own checks are
 * what is tested; what loads has to make a sound row. */
#include <math.h>

#include "feature/meaning/meaning.h"
#include "support/memory_bundle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(const attune_reader *reader)
{
    const struct at_feature_kind *const kind = &at_feature_kind_meaning;
    struct at_feature *f;
    void *session;
    attune_error err;
    char text[] = "hey, I love you soooo much, don't you know?";
    struct at_message message = {.text = {text, sizeof text - 1}};
    const struct at_profile profile = {.messages = &message, .n_messages = 1};
    struct at_row row = {0};
    if (kind->load(&f, reader, &err) != ATTUNE_OK)
        return;
    if (kind->session_create(&session, f, &err) != ATTUNE_OK ||
        kind->transform(f, session, &profile, &row, &err) != ATTUNE_OK)
        abort();
    for (size_t i = 0; i < row.n; i++)
        if (row.col[i] >= f->n_cols || (i && row.col[i] <= row.col[i - 1]) ||
            !isfinite(row.value[i]) || fabsf(row.value[i]) > 100.001f)
            abort();
    kind->session_destroy(session);
    kind->destroy(f);
    at_row_release(&row);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct memory_bundle bundle;
    attune_reader reader;
    memory_bundle_init(&bundle, size);
    memory_bundle_put(&bundle, "params", data, size);
    memory_bundle_finish(&bundle);
    if (at_bundle_open_memory(&reader, bundle.data, bundle.size, "fuzz", NULL) != ATTUNE_OK)
        abort();
    use(&reader);
    memory_bundle_release(&bundle);
    return 0;
}
