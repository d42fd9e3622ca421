#include "base/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

/* A 128-bit product mixes two 64-bit numbers in one instruction. Sixteen bytes a step go in as its
 * two factors; the last step reads the final sixteen (overlapping), and a second product spreads
 * what the first left uneven: with one only, some bits of a short key never reached some bits of
 * the hash. */
__extension__ typedef unsigned __int128 hash_u128;

static const uint64_t HASH_A = 0xA0761D6478BD642Fu, HASH_B = 0xE7037ED1A0B428DBu;

static uint64_t hash_fold(uint64_t a, uint64_t b)
{
    const hash_u128 product = (hash_u128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t hash_read64(const unsigned char *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static uint64_t hash_read_short(const unsigned char *p, size_t len)
{
    uint64_t v = 0;
    for (size_t i = 0; i < len; i++)
        v |= (uint64_t)p[i] << (8 * i);
    return v;
}

uint64_t at_mix64(uint64_t x)
{
    x += 0x9E3779B97F4A7C15u;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

uint64_t at_hash64(const void *data, size_t len, uint64_t seed)
{
    const unsigned char *p = data;
    uint64_t h = seed ^ hash_fold(seed ^ HASH_A, HASH_B), a, b = 0;
    if (len < 8) {
        a = hash_read_short(p, len);
    } else if (len <= 16) {
        a = hash_read64(p);
        b = hash_read64(p + len - 8);
    } else {
        for (size_t left = len; left > 16; left -= 16, p += 16)
            h = hash_fold(hash_read64(p) ^ HASH_B, hash_read64(p + 8) ^ h);
        p = (const unsigned char *)data + len;
        a = hash_read64(p - 16);
        b = hash_read64(p - 8);
    }
    const hash_u128 product = (hash_u128)(a ^ HASH_B) * (b ^ h);
    return hash_fold((uint64_t)product ^ HASH_A ^ len, (uint64_t)(product >> 64) ^ HASH_B);
}

_Static_assert(sizeof(struct at_sha256) >= sizeof(crypto_hash_sha256_state), "sha256 state");
_Static_assert(sizeof(struct at_checksum) >= sizeof(crypto_generichash_state), "blake2b state");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "model files are little-endian");

void at_sha256_init(struct at_sha256 *s)
{
    crypto_hash_sha256_init((crypto_hash_sha256_state *)(void *)s);
}

void at_sha256_add(struct at_sha256 *s, const void *data, size_t len)
{
    crypto_hash_sha256_update((crypto_hash_sha256_state *)(void *)s, data, len);
}

void at_sha256_finish(struct at_sha256 *s, uint8_t out[AT_SHA256_BYTES])
{
    crypto_hash_sha256_final((crypto_hash_sha256_state *)(void *)s, out);
}

void at_hex(char *out, const uint8_t *data, size_t len)
{
    sodium_bin2hex(out, 2 * len + 1, data, len);
}

attune_status at_sha256_file(const char *path, char out_hex[AT_SHA256_HEX], attune_error *err)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return at_fail_os(err, errno, "cannot open '%s'", path);
    struct at_sha256 s;
    at_sha256_init(&s);
    char chunk[32768];
    ssize_t n;
    while ((n = read(fd, chunk, sizeof chunk)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            const int os_error = errno;
            close(fd);
            return at_fail_os(err, os_error, "cannot read '%s'", path);
        }
        at_sha256_add(&s, chunk, (size_t)n);
    }
    close(fd);
    uint8_t digest[AT_SHA256_BYTES];
    at_sha256_finish(&s, digest);
    at_hex(out_hex, digest, sizeof digest);
    return ATTUNE_OK;
}

void at_checksum_init(struct at_checksum *s)
{
    crypto_generichash_init((crypto_generichash_state *)(void *)s->state, NULL, 0,
                            AT_CHECKSUM_BYTES);
}

void at_checksum_add(struct at_checksum *s, const void *data, size_t len)
{
    crypto_generichash_update((crypto_generichash_state *)(void *)s->state, data, len);
}

void at_checksum_finish(struct at_checksum *s, uint8_t out[AT_CHECKSUM_BYTES])
{
    crypto_generichash_final((crypto_generichash_state *)(void *)s->state, out, AT_CHECKSUM_BYTES);
}
