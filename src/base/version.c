#include "attune/version.h"

const char *attune_version(void)
{
    return ATTUNE_VERSION_STRING;
}
