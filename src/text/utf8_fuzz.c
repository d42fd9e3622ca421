/* The fast check agrees with the plain one, and decoding forth and back agrees with both. */
#include <stdlib.h>

#include "text/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct at_str text = {(const char *)data, size};
    const size_t valid = at_utf8_valid_prefix(text);
    if (valid != at_utf8_valid_prefix_plain(text))
        abort();
    for (size_t i = 0, n; i < valid; i += n) {
        size_t back;
        const uint32_t c = at_utf8_decode(data + i, data + size, &n);
        char again[AT_UTF8_MAX_BYTES];
        if (at_utf8_encode(again, c) != n || at_utf8_decode_back(data, data + i + n, &back) != c ||
            back != n)
            abort();
    }
    return 0;
}
