/* Written by language_train_bench together with language_weights.bin. */
#include "text/language_table.h"

/* clang-format off */
const struct at_language_group at_language_groups[AT_LANGUAGE_N_LINEAR] = {
    [AT_LANGUAGE_LATIN] = {
        .name = "latin",
        .n_tags = 24,
        .n_buckets = 11200,
        .offset = 0,
        .scale = 8.053380e-02f,
        .bias = {0.3298f, -0.1022f, 0.0204f, 0.0062f, -0.0709f, -0.1241f, -0.2927f, -0.2850f, -0.3922f, -0.3567f, -0.3329f, -0.2728f, -0.3321f, -0.4452f, -0.4103f, -0.4273f, -0.1707f, -0.2746f, -0.2624f, -0.6254f, -0.3055f, -0.9087f, -0.1313f, 0.6342f},
        .sharpness = {1.1315f, 0.8636f, 0.9159f, 0.9713f, 1.0061f, 0.8636f},
        .tags = {"en", "fr", "de", "es", "it", "pt", "nl", "sv", "da", "no", "fi", "pl", "cs", "sk", "ro", "hu", "tr", "id", "vi", "tl", "hr", "ca", "hi-Latn", "und"},
    },
    [AT_LANGUAGE_CYRILLIC] = {
        .name = "cyrillic",
        .n_tags = 5,
        .n_buckets = 2048,
        .offset = 268800,
        .scale = 7.527383e-02f,
        .bias = {0.4148f, 0.0517f, -0.1384f, -0.2991f, -0.2459f},
        .sharpness = {0.6000f, 0.6591f, 0.9376f, 1.1721f, 1.2000f, 1.2000f},
        .tags = {"ru", "uk", "bg", "sr", "und"},
    },
    [AT_LANGUAGE_ARABIC] = {
        .name = "arabic",
        .n_tags = 4,
        .n_buckets = 1024,
        .offset = 279040,
        .scale = 7.132443e-02f,
        .bias = {0.7445f, -0.2763f, -0.0083f, -0.8855f},
        .sharpness = {1.2000f, 1.2000f, 1.2000f, 1.2000f, 1.2000f, 1.2000f},
        .tags = {"ar", "fa", "ur", "und"},
    },
    [AT_LANGUAGE_DEVANAGARI] = {
        .name = "devanagari",
        .n_tags = 3,
        .n_buckets = 1024,
        .offset = 283136,
        .scale = 5.909503e-02f,
        .bias = {0.2144f, -0.3009f, -0.0303f},
        .sharpness = {1.2000f, 1.2000f, 0.6000f, 0.7241f, 0.6990f, 1.1584f},
        .tags = {"hi", "mr", "ne"},
    },
};
