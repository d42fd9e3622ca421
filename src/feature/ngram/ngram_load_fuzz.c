/* The input becomes the sections of a valid bundle (its checksum fits, so the block's own checks
 * are what is tested); what loads has to transform a text and be saved again.
 *
 * Input: section after section: one byte (low 3 bits: which name), u16 length, content. */
#include "feature/ngram/ngram.h"
#include "support/memory_bundle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = {"params", "df",          "words",  "words.start",
                                    "chars",  "chars.start", "buckets"};
enum { N_NAMES = sizeof names / sizeof *names };

static void put_sections(struct memory_bundle *bundle, const uint8_t *data, size_t size)
{
    unsigned seen = 0;
    while (size >= 3) {
        const unsigned which = data[0] % 8 % N_NAMES;
        size_t len = data[1] | (size_t)data[2] << 8;
        data += 3;
        size -= 3;
        len = len < size ? len : size;
        if (!(seen & 1u << which))
            memory_bundle_put(bundle, names[which], data, len);
        seen |= 1u << which;
        data += len;
        size -= len;
    }
}

static void use(const attune_reader *reader)
{
    struct at_feature *f;
    void *session;
    attune_error err;
    char words[] = "hey you know you love me again";
    struct at_message messages[] = {{.text = {words, sizeof words - 1}}};
    const struct at_profile profile = {.messages = messages, .n_messages = 1};
    struct at_row row = {0};
    if (at_feature_kind_ngram.load(&f, reader, &err) != ATTUNE_OK)
        return;
    if (f->n_cols == 0 || at_feature_kind_ngram.session_create(&session, f, &err) != ATTUNE_OK ||
        at_feature_kind_ngram.transform(f, session, &profile, &row, &err) != ATTUNE_OK)
        abort();
    for (size_t i = 0; i < row.n; i++)
        if (row.col[i] >= f->n_cols || (i && row.col[i] <= row.col[i - 1]) ||
            !(row.value[i] > 0 && row.value[i] < 1e12f))
            abort();
    at_feature_kind_ngram.session_destroy(session);
    at_feature_kind_ngram.destroy(f);
    at_row_release(&row);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct memory_bundle bundle;
    attune_reader reader;
    memory_bundle_init(&bundle, size);
    put_sections(&bundle, data, size);
    memory_bundle_finish(&bundle);
    if (at_bundle_open_memory(&reader, bundle.data, bundle.size, "fuzz", NULL) != ATTUNE_OK)
        abort();
    use(&reader);
    memory_bundle_release(&bundle);
    return 0;
}
