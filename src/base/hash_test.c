#include "base/hash.h"

#include <errno.h>
#include <math.h>

#include "base/alloc.h"
#include "base/rng.h"
#include "support/temp.h"

/* These values may be stored: a change of any of them is a change of format. */
static void test_hash__values_are_stable(void **state)
{
    (void)state;
    static const char text[] = "The quick brown fox jumps over the lazy dog";
    static const struct {
        size_t len;
        uint64_t seed, hash;
    } rows[] = {
        {0, 0, 0x0409638EE2BDE459u},  {1, 0, 0x09A02C38D1540C58u},  {3, 0, 0xE265BF68B301EDC5u},
        {7, 0, 0xF963C0D04191B696u},  {8, 0, 0xA7FC674E592DE90Fu},  {9, 0, 0x32ED61519D7380D5u},
        {16, 0, 0x35A781CAD8AC83CEu}, {17, 0, 0x57A5A9803EB39C82u}, {33, 0, 0x9F0F6D126B10812Au},
        {43, 0, 0x6303B3BADE45A571u}, {43, 1, 0xE9759017046E0CA3u}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (at_hash64(text, rows[i].len, rows[i].seed) != rows[i].hash)
            fail_msg("length %zu: 0x%016llX", rows[i].len,
                     (unsigned long long)at_hash64(text, rows[i].len, rows[i].seed));
    /* splitmix64 of Steele, Lea and Flood with seed 0: its first two outputs */
    assert_true(at_mix64(0) == 0xE220A8397B1DCDAFu);
    assert_true(at_mix64(0x9E3779B97F4A7C15u) == 0x6E789E6AA1B965F4u);
}

static void test_hash__no_read_past_the_end(void **state)
{
    (void)state;
    for (size_t len = 0; len < 40; len++) {
        char *exact = at_alloc_raw(len, 1), longer[41];
        memset(longer, 'x', sizeof longer);
        if (len)
            memset(exact, 'x', len);
        assert_true(at_hash64(exact, len, 1) == at_hash64(longer, len, 1));
        at_free(exact);
    }
    assert_true(at_hash64(NULL, 0, 1) == at_hash64("", 0, 1));
}

/* Short similar keys in 2^k buckets: the chi-square of the counts stays where chance puts it. */
static void test_hash__low_bits_are_even(void **state)
{
    (void)state;
    enum { KEYS = 65536, BUCKETS = 1024 };
    for (int shift = 0; shift <= 54; shift += 18) {
        uint32_t count[BUCKETS] = {0};
        double chi2 = 0;
        for (int i = 0; i < KEYS; i++) {
            char key[24];
            const int n = snprintf(key, sizeof key, "fan-%d", i);
            count[at_hash64(key, (size_t)n, 0) >> shift & (BUCKETS - 1)]++;
        }
        for (int b = 0; b < BUCKETS; b++)
            chi2 += pow(count[b] - (double)KEYS / BUCKETS, 2) * BUCKETS / KEYS;
        assert_true(chi2 > BUCKETS - 250 && chi2 < BUCKETS + 250); /* 5.5 standard deviations */
    }
}

/* One flipped bit of the key flips about half of the bits of the hash. */
static void test_hash__avalanche(void **state)
{
    (void)state;
    struct at_rng rng;
    at_rng_init(&rng, 5);
    for (size_t len = 1; len <= 24; len++) {
        double flips = 0, total = 0;
        for (int round = 0; round < 60; round++) {
            unsigned char key[24];
            for (size_t i = 0; i < len; i++)
                key[i] = (unsigned char)at_rng_next(&rng);
            const uint64_t before = at_hash64(key, len, 0);
            for (size_t bit = 0; bit < 8 * len; bit++) {
                key[bit / 8] ^= (unsigned char)(1 << bit % 8);
                flips += __builtin_popcountll(before ^ at_hash64(key, len, 0));
                key[bit / 8] ^= (unsigned char)(1 << bit % 8);
                total += 64;
            }
        }
        assert_true(flips / total > 0.47 && flips / total < 0.53);
    }
}

static void sha256_hex(const char *text, size_t len, size_t piece, char out[AT_SHA256_HEX])
{
    struct at_sha256 s;
    uint8_t digest[AT_SHA256_BYTES];
    at_sha256_init(&s);
    for (size_t i = 0; i < len; i += piece)
        at_sha256_add(&s, text + i, len - i < piece ? len - i : piece);
    at_sha256_finish(&s, digest);
    at_hex(out, digest, sizeof digest);
}

/* FIPS 180-4 examples. */
static void test_hash__sha256_known_values(void **state)
{
    (void)state;
    char hex[AT_SHA256_HEX];
    sha256_hex("", 0, 1, hex);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    sha256_hex("abc", 3, 1, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56, 9, hex);
    assert_string_equal(hex, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void test_hash__sha256_of_a_file(void **state)
{
    (void)state;
    attune_error err;
    struct temp t;
    char hex[AT_SHA256_HEX], wanted[AT_SHA256_HEX], *big = AT_ALLOC(char, 100000);
    temp_open(&t);
    memset(big, 'q', 100000);
    assert_ok(at_fs_write(temp_path(&t, "big"), big, 100000, &err));
    assert_ok(at_sha256_file(temp_path(&t, "big"), hex, &err));
    sha256_hex(big, 100000, 777, wanted);
    assert_string_equal(hex, wanted);
    assert_fails(at_sha256_file(temp_path(&t, "none"), hex, &err), ATTUNE_IO, "cannot open");
    assert_int_equal(err.os_error, ENOENT);
    assert_fails(at_sha256_file(t.dir, hex, &err), ATTUNE_IO, "cannot read");
    assert_string_equal(hex, wanted);
    at_free(big);
    temp_close(&t);
}

/* BLAKE2b-256 of "abc" (RFC 7693 with a 32-byte output; b2sum -l 256). */
static void test_hash__checksum_known_value(void **state)
{
    (void)state;
    uint8_t digest[AT_CHECKSUM_BYTES];
    char hex[2 * AT_CHECKSUM_BYTES + 1];
    struct at_checksum s;
    at_checksum_init(&s);
    at_checksum_add(&s, "a", 1);
    at_checksum_add(&s, NULL, 0);
    at_checksum_add(&s, "bc", 2);
    at_checksum_finish(&s, digest);
    at_hex(hex, digest, sizeof digest);
    assert_string_equal(hex, "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hash__values_are_stable),
        cmocka_unit_test(test_hash__no_read_past_the_end),
        cmocka_unit_test(test_hash__low_bits_are_even),
        cmocka_unit_test(test_hash__avalanche),
        cmocka_unit_test(test_hash__sha256_known_values),
        cmocka_unit_test(test_hash__sha256_of_a_file),
        cmocka_unit_test(test_hash__checksum_known_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
