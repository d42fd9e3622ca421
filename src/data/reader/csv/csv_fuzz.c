#include "support/reader_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_reader("csv", data, size, true, 0);
    fuzz_reader("csv", data, size, false, 100);
    return 0;
}
