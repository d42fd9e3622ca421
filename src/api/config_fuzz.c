/* Any bytes as config.json: a configuration or an error, never more. */
#include <stdint.h>
#include <stdlib.h>

#include "api/settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct at_config config;
    attune_error err = {0};
    const attune_status status =
        at_config_load_text(&config, (const char *)data, size, "config.json", &err);
    if (status == ATTUNE_OK)
        at_config_release(&config);
    else if (!err.message[0])
        abort();
    return 0;
}
