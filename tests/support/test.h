/* test.h - cmocka with the headers that it needs before it, and checks for attune_status. */
#ifndef AT_TEST_SUPPORT_TEST_H
#define AT_TEST_SUPPORT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "attune/status.h"

/* |a - b| <= within, for doubles; cmocka's own takes floats. */
#define assert_close(a, b, within)                                                                 \
    do {                                                                                           \
        const double test_a_ = (a), test_b_ = (b);                                                 \
        if (!(test_a_ - test_b_ <= (within) && test_b_ - test_a_ <= (within)))                     \
            fail_msg("%s is %.17g, %s is %.17g", #a, test_a_, #b, test_b_);                        \
    } while (0)

/* assert_ok(call(..., &err)) prints the message of `err` when the call fails. */
#define assert_ok(call)                                                                            \
    do {                                                                                           \
        const attune_status test_status_ = (call);                                                 \
        if (test_status_ != ATTUNE_OK)                                                             \
            fail_msg("%s: %s: %s", #call, attune_status_text(test_status_), err.message);          \
    } while (0)

/* assert_fails(call(..., &err), ATTUNE_FORMAT, "part of the message") */
#define assert_fails(call, wanted, part)                                                           \
    do {                                                                                           \
        memset(&err, 0, sizeof err);                                                               \
        const attune_status test_status_ = (call);                                                 \
        if (test_status_ != (wanted))                                                              \
            fail_msg("%s: got '%s', wanted '%s' (%s)", #call, attune_status_text(test_status_),    \
                     attune_status_text(wanted), err.message);                                     \
        if (!strstr(err.message, part))                                                            \
            fail_msg("%s: message '%s' lacks '%s'", #call, err.message, part);                     \
    } while (0)

#endif
