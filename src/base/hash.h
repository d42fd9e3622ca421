#ifndef AT_BASE_HASH_H
#define AT_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/**
 * Fast 64-bit hash for tables and sketches; the same on every machine, and stable across versions
 * where it is stored. Not for secrets.
 * Source   multiply-and-fold as in wyhash (Wang Yi, public domain), a variant of its own
 */
uint64_t at_hash64(const void *data, size_t len_bytes, uint64_t seed);
/** One 64-bit number to another, every bit depending on every bit (splitmix64's finaliser). */
uint64_t at_mix64(uint64_t x);

enum { AT_SHA256_BYTES = 32, AT_SHA256_HEX = 65, AT_CHECKSUM_BYTES = 32 };

/** SHA-256 in pieces (libsodium). The struct is large enough for the library's state. */
struct at_sha256 {
    uint64_t state[16];
};
void at_sha256_init(struct at_sha256 *s);
void at_sha256_add(struct at_sha256 *s, const void *data, size_t len_bytes);
void at_sha256_finish(struct at_sha256 *s, uint8_t out[AT_SHA256_BYTES]);
void at_hex(char *out /* 2 * len + 1 */, const uint8_t *data, size_t len_bytes);
/** SHA-256 of a file as hex. Errors: IO. */
attune_status at_sha256_file(const char *path, char out_hex[AT_SHA256_HEX], attune_error *err);

/** BLAKE2b-256 in pieces: the checksum inside model files, three times as fast as SHA-256. */
struct at_checksum {
    _Alignas(64) uint8_t state[384];
};
void at_checksum_init(struct at_checksum *s);
void at_checksum_add(struct at_checksum *s, const void *data, size_t len_bytes);
void at_checksum_finish(struct at_checksum *s, uint8_t out[AT_CHECKSUM_BYTES]);

#endif
