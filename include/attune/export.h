/* export.h - symbol visibility. */
#ifndef ATTUNE_EXPORT_H
#define ATTUNE_EXPORT_H

#if defined(__GNUC__)
#define ATTUNE_API __attribute__((visibility("default")))
#else
#define ATTUNE_API
#endif

#endif
