/* reader_fuzz.h - what every reader's fuzz target does: two settings, every byte of every profile
 * touched, and the promises of data/reader.h checked. */
#ifndef AT_TEST_SUPPORT_READER_FUZZ_H
#define AT_TEST_SUPPORT_READER_FUZZ_H

#include <stdlib.h>
#include <string.h>

#include "data/reader.h"

static inline void fuzz_str(struct at_str text)
{
    if (at_str_utf8_prefix(text) != text.len || (text.len && memchr(text.ptr, 0, text.len)))
        abort();
}

static inline void fuzz_profile(const struct at_profile *p, const struct at_reader_options *options)
{
    if (!p->fan_id.len || p->n_labels > options->n_targets || p->split > AT_SPLIT_TEST)
        abort();
    fuzz_str(p->fan_id);
    fuzz_str(p->language);
    for (size_t i = 0; i < p->n_messages; i++) {
        fuzz_str(p->messages[i].text);
        if (p->messages[i].text.len > options->max_message_bytes)
            abort();
    }
    for (size_t i = 0; i < p->n_labels; i++) {
        fuzz_str(p->labels[i].label);
        if (!p->labels[i].label.len || !at_profile_label(p, p->labels[i].target).len)
            abort();
    }
}

static inline bool fuzz_packed(const uint8_t *data, size_t size)
{
    return size >= 4 &&
           (memcmp(data, "\x1f\x8b", 2) == 0 || memcmp(data, "\x28\xb5\x2f\xfd", 4) == 0);
}

static inline void fuzz_reader(const char *format, const uint8_t *data, size_t size,
                               bool need_fan_id, size_t max_row_bytes)
{
    static const struct at_str targets[] = {{"personality", 11}, {"engagement", 10}};
    const struct at_reader_options options = {.targets = targets,
                                              .n_targets = 2,
                                              .need_fan_id = need_fan_id,
                                              .max_row_bytes = max_row_bytes,
                                              .max_message_bytes = 64};
    /* Rows that `size` bytes can hold, an error counted as one: a reader that never ends goes past
     * it. Packed bytes may hold millions; the first thousands of them will do. */
    const bool packed = fuzz_packed(data, size);
    const size_t most = packed ? 4096 : 2 * size + 2;
    struct at_reader *reader;
    attune_error err;
    if (at_reader_open_memory(&reader, data, size, "f", format, &options, &err) != ATTUNE_OK)
        return;
    for (size_t calls = 0;; calls++) {
        const struct at_profile *profile;
        if (packed && calls == most)
            break;
        const attune_status status = at_reader_next(reader, &profile, &err);
        if (status == ATTUNE_FORMAT && strncmp(err.message, "f:", 2) == 0 && calls <= most)
            continue;
        if (status == ATTUNE_FORMAT || (status == ATTUNE_OK && !profile && calls > most))
            abort();
        if (status != ATTUNE_OK || !profile)
            break;
        fuzz_profile(profile, &options);
    }
    at_reader_close(reader);
}

#endif
