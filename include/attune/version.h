/* version.h - the version of this library. */
#ifndef ATTUNE_VERSION_H
#define ATTUNE_VERSION_H

#include "attune/export.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ATTUNE_VERSION_MAJOR  0
#define ATTUNE_VERSION_MINOR  1
#define ATTUNE_VERSION_PATCH  0
#define ATTUNE_VERSION_STRING "0.1.0"

/* Version of the library that is linked, which may differ from the header's. Static text. */
ATTUNE_API const char *attune_version(void);

#ifdef __cplusplus
}
#endif
#endif
