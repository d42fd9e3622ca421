/* attune_docs man DIR | markdown DIR | completion DIR
 *
 * The manual, made from the same tables that the program reads its command line with. Run by the
 * build; not installed. */
#include <stdio.h>
#include <string.h>

#include "base/fs.h"
#include "cli/complete.h"
#include "cli/docs/manual.h"
#include "cli/flags.h"

static attune_status docs_write(struct at_page *page, const char *dir, const char *name,
                                attune_error *err)
{
    char path[4096];
    attune_status status = page->status;
    if (status != ATTUNE_OK)
        at_fail(err, status, "%s: %s", name, attune_status_text(status));
    else
        status = at_fs_join(path, sizeof path, dir, name, err);
    if (status == ATTUNE_OK)
        status = at_fs_write(path, page->buf.data, page->buf.len, err);
    at_buf_release(&page->buf);
    *page = (struct at_page){0};
    return status;
}

static attune_status docs_man(const char *dir, attune_error *err)
{
    struct at_page page = {0};
    char name[64];
    at_manual_man_program(&page);
    AT_TRY(docs_write(&page, dir, "attune.1", err));
    for (size_t i = 0; at_cli_command_table[i]; i++) {
        snprintf(name, sizeof name, "attune-%s.1", at_cli_command_table[i]->name);
        at_manual_man_command(&page, at_cli_command_table[i]);
        AT_TRY(docs_write(&page, dir, name, err));
    }
    return ATTUNE_OK;
}

static attune_status docs_markdown(const char *dir, attune_error *err)
{
    struct at_page page = {0};
    at_manual_markdown_cli(&page);
    AT_TRY(docs_write(&page, dir, "cli.md", err));
    at_manual_markdown_configuration(&page);
    return docs_write(&page, dir, "configuration.md", err);
}

static attune_status docs_completion(const char *dir, attune_error *err)
{
    static const char *const shells[][2] = {
        {"bash", "attune"}, {"zsh", "_attune"}, {"fish", "attune.fish"}};
    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++) {
        struct at_page page = {0};
        at_complete_script(&page, shells[i][0]);
        AT_TRY(docs_write(&page, dir, shells[i][1], err));
    }
    return ATTUNE_OK;
}

int main(int argc, char **argv)
{
    attune_error err = {0};
    attune_status status = ATTUNE_INVALID;
    if (argc == 3 && at_fs_mkdirs(argv[2], &err) == ATTUNE_OK) {
        if (strcmp(argv[1], "man") == 0)
            status = docs_man(argv[2], &err);
        else if (strcmp(argv[1], "markdown") == 0)
            status = docs_markdown(argv[2], &err);
        else if (strcmp(argv[1], "completion") == 0)
            status = docs_completion(argv[2], &err);
    }
    if (status != ATTUNE_OK)
        fprintf(stderr, "attune_docs: %s\n",
                *err.message ? err.message : "usage: attune_docs man|markdown|completion DIR");
    return attune_status_exit(status);
}
