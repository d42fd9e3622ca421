/* What at_time_parse accepts, at_time_format writes so that it reads back as the same instant. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct at_str text = {(const char *)data, size};
    int64_t ms = AT_TIME_NONE, again;
    char formatted[AT_TIME_TEXT];
    if (!at_time_parse(text, &ms)) {
        if (ms != AT_TIME_NONE)
            abort();
        return 0;
    }
    at_time_format(formatted, ms);
    if (strcmp(formatted, "invalid time") == 0)
        return 0; /* an offset may lead out of the years 0000 to 9999 */
    if (at_time_parse(at_str_from(formatted), &again) ? again != ms : formatted[3] != '0')
        abort();
    return 0;
}
