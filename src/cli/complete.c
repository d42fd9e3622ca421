/* Completion scripts. All three shells get the same facts from the tables: the commands, and for
 * each its flags with what may follow them. bash has one function with a `case` a command; zsh
 * reuses the bash function's facts through _arguments and _values; fish takes one declaration a
 * fact. */
#include "cli/complete.h"

#include <string.h>

#include "cli/flags.h"
#include "cli/help_page.h"
#include "cli/parts.h"

/* ---- walking: every command line prefix and every option that holds there ---- */

/* An option where it stands: the command's path, and the part's name where it has to be said. */
struct complete_at {
    const char *path, *prefix;
    const struct attune_option *option;
};
typedef void (*complete_option_fn)(struct at_page *page, const struct complete_at *at);

static void complete_table(struct at_page *page, const char *path, struct at_option_table table,
                           complete_option_fn visit)
{
    for (size_t i = 0; i < table.n_rows; i++)
        visit(page, &(struct complete_at){path, NULL, &table.rows[i]});
}

static void complete_parts(struct at_page *page, const char *path,
                           const struct at_cli_command *command, complete_option_fn visit)
{
    struct at_part part;
    for (size_t i = 0; command->takes_part_options && at_part_at(i, &part); i++)
        for (size_t j = 0; j < part.table.n_rows; j++) {
            const struct attune_option *option = &part.table.rows[j];
            visit(page, &(struct complete_at){path, at_part_prefix(&part, option), option});
        }
}

/* Options of a command in order of look-up: its own, those of the parts, the global ones. */
static void complete_options(struct at_page *page, const char *path,
                             const struct at_cli_command *command, complete_option_fn visit)
{
    complete_table(page, path, (struct at_option_table){command->options, command->n_options},
                   visit);
    complete_parts(page, path, command, visit);
    complete_table(page, path, at_cli_globals, visit);
}

static void complete_dashes(struct at_page *page, const char *name)
{
    for (; *name; name++)
        at_page_add(page, *name == '_' ? "-" : name, 1);
}

static bool complete_wants_file(const struct attune_option *option)
{
    return option->arg && (strstr(option->arg, "FILE") || strstr(option->arg, "DIR"));
}

static bool complete_is_on(const struct attune_option *option)
{
    return option->type == ATTUNE_OPTION_BOOL && option->fallback &&
           strcmp(option->fallback, "true") == 0;
}

/* The flag without its dashes: "no-bootstrap", "forest.max-features". */
static void complete_flag(struct at_page *page, const struct complete_at *at)
{
    at_page_addf(page, "%s%s%s", complete_is_on(at->option) ? "no-" : "",
                 at->prefix ? at->prefix : "", at->prefix ? "." : "");
    complete_dashes(page, at->option->name);
}

static void complete_choices(struct at_page *page, const struct attune_option *option)
{
    for (int i = 0; option->choices[i]; i++)
        at_page_addf(page, "%s%s", i ? " " : "", option->choices[i]);
}

/* What the shell may offer for an argument, as words; files are told by complete_arg_is_file. */
static void complete_arg_words(struct at_page *page, const struct at_cli_command *command)
{
    const struct at_cli_command *const *list = command->subcommands;
    if (command->arg == AT_CLI_ARG_SHELL)
        at_page_addf(page, "bash zsh fish");
    if (command->arg == AT_CLI_ARG_COMMAND)
        list = at_cli_command_table;
    for (size_t i = 0; list && list[i]; i++)
        at_page_addf(page, "%s%s", i ? " " : "", list[i]->name);
}

/* ---- bash ---- */

static void complete_bash_flag(struct at_page *page, const struct complete_at *at)
{
    at_page_addf(page, " --");
    complete_flag(page, at);
}

static void complete_bash_value(struct at_page *page, const struct complete_at *at)
{
    if (at->option->type == ATTUNE_OPTION_BOOL)
        return;
    at_page_addf(page, "        '%s --", at->path);
    complete_flag(page, at);
    at_page_addf(page, "') at_words='");
    if (at->option->type == ATTUNE_OPTION_CHOICE)
        complete_choices(page, at->option);
    at_page_addf(page, "'; at_files=%d; return ;;\n", complete_wants_file(at->option));
}

static void complete_bash_command(struct at_page *page, const char *path,
                                  const struct at_cli_command *command)
{
    at_page_addf(page, "        '%s') at_flags='", path);
    complete_options(page, path, command, complete_bash_flag);
    at_page_addf(page, "'; at_words='");
    complete_arg_words(page, command);
    at_page_addf(page, "'; at_files=%d ;;\n", command->arg == AT_CLI_ARG_FILE);
}

typedef void (*complete_command_fn)(struct at_page *page, const char *path,
                                    const struct at_cli_command *command);

static void complete_each(struct at_page *page, complete_command_fn visit)
{
    char path[96];
    for (size_t i = 0; at_cli_command_table[i]; i++) {
        const struct at_cli_command *command = at_cli_command_table[i];
        visit(page, command->name, command);
        for (size_t j = 0; command->subcommands && command->subcommands[j]; j++) {
            snprintf(path, sizeof path, "%s %s", command->name, command->subcommands[j]->name);
            visit(page, path, command->subcommands[j]);
        }
    }
}

static void complete_bash_values(struct at_page *page, const char *path,
                                 const struct at_cli_command *command)
{
    complete_options(page, path, command, complete_bash_value);
}

/* _attune_facts PATH [FLAG]: what may follow, into flags, words and files. */
static void complete_facts(struct at_page *page)
{
    const struct at_cli_command top = {.name = "", .arg = AT_CLI_ARG_COMMAND};
    at_page_addf(page, "_attune_facts() {\n    at_flags=''; at_words=''; at_files=0\n"
                       "    if [ -n \"$2\" ]; then case \"$1 $2\" in\n");
    complete_bash_values(page, "", &top);
    complete_each(page, complete_bash_values);
    at_page_addf(page, "    esac; fi\n    case \"$1\" in\n");
    complete_bash_command(page, "", &top);
    complete_each(page, complete_bash_command);
    at_page_addf(page, "    esac\n}\n");
}

/* _attune_path WORD...: the command and sub-command among the words, into path. */
static void complete_path(struct at_page *page)
{
    at_page_addf(page, "_attune_path() {\n    at_path=''\n    local w\n    for w in \"$@\"; do\n"
                       "        case \"$at_path $w\" in\n");
    for (size_t i = 0; at_cli_command_table[i]; i++) {
        const struct at_cli_command *command = at_cli_command_table[i];
        at_page_addf(page, "        ' %s') at_path='%s' ;;\n", command->name, command->name);
        for (size_t j = 0; command->subcommands && command->subcommands[j]; j++)
            at_page_addf(page, "        '%s %s') at_path='%s %s' ;;\n", command->name,
                         command->subcommands[j]->name, command->name,
                         command->subcommands[j]->name);
    }
    at_page_addf(page, "        esac\n    done\n}\n");
}

static void complete_bash(struct at_page *page)
{
    at_page_addf(page, "# bash completion for attune; made from its option tables\n");
    complete_facts(page);
    complete_path(page);
    at_page_addf(page, "_attune() {\n"
                       "    local cur prev at_path at_flags at_words at_files\n"
                       "    cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
                       "    _attune_path \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"\n"
                       "    case \"$prev\" in --*) ;; *) prev='' ;; esac\n"
                       "    _attune_facts \"$at_path\" \"$prev\"\n"
                       "    case \"$cur\" in -*) at_words=$at_flags; at_files=0 ;; esac\n"
                       "    COMPREPLY=($(compgen -W \"$at_words\" -- \"$cur\"))\n"
                       "    if [ \"$at_files\" = 1 ]; then\n"
                       "        compopt -o filenames 2>/dev/null\n"
                       "        COMPREPLY+=($(compgen -f -- \"$cur\"))\n"
                       "    fi\n"
                       "}\n"
                       "complete -F _attune attune\n");
}

/* ---- zsh: the same two functions, another frame ---- */

static void complete_zsh(struct at_page *page)
{
    at_page_addf(page,
                 "#compdef attune\n# zsh completion for attune; made from its option tables\n");
    complete_facts(page);
    complete_path(page);
    at_page_addf(page, "_attune() {\n"
                       "    local cur prev at_path at_flags at_words at_files\n"
                       "    cur=${words[CURRENT]} prev=${words[CURRENT-1]}\n"
                       "    _attune_path \"${(@)words[2,CURRENT-1]}\"\n"
                       "    case \"$prev\" in --*) ;; *) prev='' ;; esac\n"
                       "    _attune_facts \"$at_path\" \"$prev\"\n"
                       "    case \"$cur\" in -*) at_words=$at_flags; at_files=0 ;; esac\n"
                       "    compadd -- ${=at_words}\n"
                       "    if [ \"$at_files\" = 1 ]; then _files; fi\n"
                       "}\n"
                       "if [ \"$funcstack[1]\" = _attune ]; then _attune \"$@\"; "
                       "else compdef _attune attune; fi\n");
}

/* ---- fish ---- */

static void complete_quoted(struct at_page *page, const char *text)
{
    at_page_add(page, "'", 1);
    for (; *text; text++) {
        if (*text == '\'' || *text == '\\')
            at_page_add(page, "\\", 1);
        at_page_add(page, text, 1);
    }
    at_page_add(page, "'", 1);
}

static void complete_fish_condition(struct at_page *page, const char *path)
{
    const char *space = strchr(path, ' ');
    if (!*path)
        return;
    at_page_addf(page, " -n '__fish_seen_subcommand_from %.*s",
                 (int)(space ? space - path : (ptrdiff_t)strlen(path)), path);
    if (space)
        at_page_addf(page, "; and __fish_seen_subcommand_from %s", space + 1);
    at_page_add(page, "'", 1);
}

static void complete_fish_option(struct at_page *page, const struct complete_at *at)
{
    const struct attune_option *option = at->option;
    at_page_addf(page, "complete -c attune");
    complete_fish_condition(page, at->path);
    at_page_addf(page, " -l ");
    complete_flag(page, at);
    if (option->type != ATTUNE_OPTION_BOOL)
        at_page_addf(page, complete_wants_file(option) ? " -r -F" : " -x");
    if (option->type == ATTUNE_OPTION_CHOICE) {
        at_page_addf(page, " -a '");
        complete_choices(page, option);
        at_page_add(page, "'", 1);
    }
    at_page_addf(page, " -d ");
    complete_quoted(page, option->help);
    at_page_add(page, "\n", 1);
}

static void complete_fish_word(struct at_page *page, const struct at_cli_command *command)
{
    at_page_addf(page, " -a %s -d ", command->name);
    complete_quoted(page, command->summary);
    at_page_add(page, "\n", 1);
}

/* A sub-command is offered until one stands there. */
static void complete_fish_subcommands(struct at_page *page, const struct at_cli_command *command)
{
    for (size_t i = 0; command->subcommands && command->subcommands[i]; i++) {
        at_page_addf(page,
                     "complete -c attune -n '__fish_seen_subcommand_from %s; and not "
                     "__fish_seen_subcommand_from",
                     command->name);
        for (size_t j = 0; command->subcommands[j]; j++)
            at_page_addf(page, " %s", command->subcommands[j]->name);
        at_page_add(page, "'", 1);
        complete_fish_word(page, command->subcommands[i]);
    }
}

static void complete_fish_command(struct at_page *page, const char *path,
                                  const struct at_cli_command *command)
{
    complete_table(page, path, (struct at_option_table){command->options, command->n_options},
                   complete_fish_option);
    complete_parts(page, path, command, complete_fish_option);
    complete_fish_subcommands(page, command);
    if (command->arg == AT_CLI_ARG_NONE)
        return;
    at_page_addf(page, "complete -c attune");
    complete_fish_condition(page, path);
    if (command->arg == AT_CLI_ARG_FILE) {
        at_page_addf(page, " -F\n");
        return;
    }
    at_page_addf(page, " -a '");
    complete_arg_words(page, command);
    at_page_addf(page, "'\n");
}

static void complete_fish(struct at_page *page)
{
    at_page_addf(page, "# fish completion for attune; made from its option tables\n"
                       "complete -c attune -f\n");
    complete_table(page, "", at_cli_globals, complete_fish_option);
    for (size_t i = 0; at_cli_command_table[i]; i++) {
        at_page_addf(page, "complete -c attune -n __fish_use_subcommand");
        complete_fish_word(page, at_cli_command_table[i]);
    }
    complete_each(page, complete_fish_command);
}

bool at_complete_script(struct at_page *page, const char *shell)
{
    static const struct {
        const char *shell;
        void (*write)(struct at_page *page);
    } scripts[] = {{"bash", complete_bash}, {"zsh", complete_zsh}, {"fish", complete_fish}};
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++)
        if (strcmp(scripts[i].shell, shell) == 0) {
            scripts[i].write(page);
            return true;
        }
    return false;
}
