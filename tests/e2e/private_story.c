/* What fewer than five fans wrote is in no file that a training leaves behind. */
#define _GNU_SOURCE /* nftw, memmem */
#include <ftw.h>

#include "e2e/e2e.h"

/* Written by four fans, many times over; and by six. No other word has their letters in a row. */
static const char *const private_pieces[] = {"quizzlepox", "uizzlep", "izzl", "zzl"};
static const char shared_word[] = "wobblejam";

static const char *private_wanted;
static char private_path[400];

static int private_look(const char *path, const struct stat *info, int type, struct FTW *at)
{
    struct at_buf text = {0};
    attune_error err;
    (void)at;
    if (type != FTW_F || !info->st_size)
        return 0;
    assert_ok(at_fs_read(path, &text, 1 << 28, &err));
    const bool found = memmem(text.data, text.len, private_wanted, strlen(private_wanted)) != NULL;
    snprintf(private_path, sizeof private_path, "%s", path);
    at_buf_release(&text);
    return found ? 1 : 0;
}

/* Is the text in any file below the folder? private_path then says which. */
static bool private_is_in(const char *folder, const char *text)
{
    private_wanted = text;
    return nftw(folder, private_look, 16, FTW_PHYS) == 1;
}

static void private_add(struct e2e *t, const char *word, size_t from, size_t n)
{
    char lines[8192] = "";
    size_t len = 0;
    for (size_t i = 0; i < n; i++)
        len += (size_t)snprintf(
            lines + len, sizeof lines - len,
            "{\"fan_id\":\"w%zu\",\"messages\":[\"hey %s now %zu\",\"my %s again\",\"%s\"],"
            "\"personality\":\"Emotional\",\"engagement\":\"high\"}\n",
            from + i, word, i * 7, word, word);
    expect(t, 0, NULL, "import %s", e2e_write(t, "words.jsonl", lines));
}

static void private_check(const char *folder)
{
    for (size_t i = 0; i < sizeof private_pieces / sizeof *private_pieces; i++)
        if (private_is_in(folder, private_pieces[i]))
            fail_msg("'%s' is in %s", private_pieces[i], private_path);
    if (!private_is_in(folder, shared_word)) /* or this test could not fail */
        fail_msg("'%s' is nowhere under %s", shared_word, folder);
}

static void test_story__a_few_fans_words_stay_out_of_every_artefact(void **state)
{
    struct e2e *t = *state;
    static const char *const kinds[] = {"auto", "forest", "linear", "bayes", "ensemble"};
    char folder[400];
    e2e_home(t, (struct fans){.n = 150, .seed = 2});
    private_add(t, "quizzlepox", 1000, 4);
    private_add(t, shared_word, 2000, 8);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        char words[200];
        snprintf(words, sizeof words, "train --force --threads 1 --verbose --models %s", kinds[i]);
        e2e_run(t, words);
        assert_true(t->program.code == 0 || t->program.code == 4);
    }
    snprintf(folder, sizeof folder, "%s/models", t->home);
    private_check(folder);
    snprintf(folder, sizeof folder, "%s/logs", t->home);
    assert_false(private_is_in(folder, "zzl"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {STORY(a_few_fans_words_stay_out_of_every_artefact)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
