/* Bytes of chat a second (CPU time) of language identification, in profiles of one and of twenty
 * messages.
 *
 *     language_bench         the speed
 *     language_bench -       identifies standard input line by line: best tag, 1 where it is named
 *                            (0: unknown), confidence */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "text/language.h"

static void bench_lines(void)
{
    static char line[1 << 16];
    while (fgets(line, sizeof line, stdin)) {
        struct at_language l;
        const struct at_str text = at_str_from(line);
        at_language_identify(&text, 1, &l);
        printf("%s %d %.4f\n", l.best, l.tag != at_language_unknown, l.confidence);
    }
}

static void bench_speed(size_t n_messages)
{
    static const char *const lines[] = {"salut ça va, tu fais quoi ce soir ?",
                                        "hey wyd rn",
                                        "ich bin gleich da, warte noch kurz auf mich",
                                        "jajaja no me lo puedo creer",
                                        "привет, как прошёл день?",
                                        "good morning beautiful, did you sleep well?"};
    enum { N_LINES = sizeof lines / sizeof *lines, MAX = 20, MESSAGES = 400000 };
    struct at_str texts[MAX];
    for (size_t i = 0; i < MAX; i++)
        texts[i] = at_str_from(lines[i % N_LINES]);
    const clock_t start = clock();
    const size_t n = MESSAGES / n_messages;
    double bytes = 0;
    for (size_t r = 0; r < n; r++) {
        struct at_language l;
        const size_t first = r % (MAX - n_messages + 1);
        at_language_identify(texts + first, n_messages, &l);
        for (size_t i = 0; i < n_messages; i++)
            bytes += (double)texts[first + i].len;
    }
    const double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    printf("profiles of %2zu messages: %5.1f MB/s, %.2f us a profile\n", n_messages,
           bytes / seconds / 1e6, 1e6 * seconds / (double)n);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "-") == 0) {
        bench_lines();
        return 0;
    }
    bench_speed(1);
    bench_speed(20);
    return 0;
}
