/* reader_text.h - what a reader makes of a text, as text: one line for each profile and each error.
 */
#ifndef AT_TEST_SUPPORT_READER_TEXT_H
#define AT_TEST_SUPPORT_READER_TEXT_H

#include "support/test.h"

#include "base/buf.h"
#include "data/reader.h"

static const struct at_str reader_text_targets[] = {{"personality", 11}, {"engagement", 10}};
static const struct at_reader_options reader_text_options = {
    .targets = reader_text_targets, .n_targets = 2, .need_fan_id = true};

static inline void reader_text_message(struct at_buf *out, const struct at_message *m)
{
    char at[AT_TIME_TEXT];
    at_buf_addf(out, NULL, " [%.*s]", (int)m->text.len, m->text.ptr);
    if (m->from == AT_FROM_CREATOR)
        at_buf_addz(out, "<", NULL);
    if (m->at_ms == AT_TIME_NONE)
        return;
    at_time_format(at, m->at_ms);
    at_buf_addf(out, NULL, "@%s", at);
}

static inline void reader_text_profile(struct at_buf *out, const struct at_profile *p)
{
    static const char *const splits[] = {"", " train", " val", " test"};
    at_buf_addf(out, NULL, "%.*s", (int)p->fan_id.len, p->fan_id.ptr);
    if (p->language.len)
        at_buf_addf(out, NULL, " %.*s", (int)p->language.len, p->language.ptr);
    at_buf_addz(out, splits[p->split], NULL);
    for (size_t i = 0; i < p->n_labels; i++)
        at_buf_addf(out, NULL, " %.*s=%.*s", (int)p->labels[i].target.len, p->labels[i].target.ptr,
                    (int)p->labels[i].label.len, p->labels[i].label.ptr);
    for (size_t i = 0; i < p->n_messages; i++)
        reader_text_message(out, &p->messages[i]);
    at_buf_addz(out, "\n", NULL);
}

/* Reads on to the end; returns the status that ended it. FORMAT errors are part of the text. */
static inline attune_status reader_text_drain(struct at_reader *reader, struct at_buf *out,
                                              attune_error *err)
{
    for (;;) {
        const struct at_profile *profile;
        const attune_status status = at_reader_next(reader, &profile, err);
        if (status == ATTUNE_FORMAT) {
            at_buf_addf(out, NULL, "! %s\n", err->message);
            continue;
        }
        if (status != ATTUNE_OK || !profile)
            return status;
        reader_text_profile(out, profile);
    }
}

static inline attune_status reader_text(struct at_buf *out, const char *format, const void *data,
                                        size_t size, const struct at_reader_options *options,
                                        attune_error *err)
{
    struct at_reader *reader;
    attune_status status = at_reader_open_memory(&reader, data, size, "f", format, options, err);
    if (status != ATTUNE_OK)
        return status;
    status = reader_text_drain(reader, out, err);
    at_reader_close(reader);
    return status;
}

#define assert_reads_with(format, options, text, wanted)                                           \
    do {                                                                                           \
        struct at_buf read_ = {0};                                                                 \
        attune_error err;                                                                          \
        const char input_[] = text;                                                                \
        assert_ok(reader_text(&read_, format, input_, sizeof input_ - 1, options, &err));          \
        assert_string_equal(read_.data ? read_.data : "", wanted);                                 \
        at_buf_release(&read_);                                                                    \
    } while (0)

#define assert_reads(format, text, wanted)                                                         \
    assert_reads_with(format, &reader_text_options, text, wanted)

#endif
