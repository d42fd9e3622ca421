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
