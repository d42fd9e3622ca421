/* Any bytes: tokens ascend, are bounded, valid UTF-8, and words are what they are made into. */
#include "support/chat_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    chat_check((struct at_str){(const char *)data, size});
    return 0;
}
