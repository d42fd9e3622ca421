/* What base/str.h says is valid can be decoded, written again and decoded backwards; what follows
 * it cannot. */
#include <stdlib.h>

#include "text/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct at_str text = {(const char *)data, size};
    const size_t valid = at_str_utf8_prefix(text);
    size_t first;
    if (valid < size &&
        (at_utf8_decode(data + valid, data + size, &first) != AT_UTF8_REPLACEMENT || first != 1))
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
