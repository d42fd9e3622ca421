/* The command line, read from left to right. A flag is looked up in the tables that hold at its
 * place: first those of the command, then the global ones, then (for fit and train) those of the
 * feature blocks and model kinds, whose values are passed on as text because only the library knows
 * which kind will be trained. So `evaluate --version 3` is the version of a model and `attune
 * --version` is the program's. */
#include "cli/flags.h"

#include <string.h>

#include "cli/parts.h"

static const char *const flags_outputs[] = {"text", "json", NULL};
#define GLOBAL(member) offsetof(struct at_cli_global, member)
static const struct attune_option flags_global_rows[] = {
    {"home", ATTUNE_OPTION_TEXT, NULL, 0, 0, NULL, "ATTUNE_HOME", "DIR",
     "the folder that holds everything (default: ./attune-data)", GLOBAL(home)},
    {"config", ATTUNE_OPTION_TEXT, NULL, 0, 0, NULL, NULL, "FILE",
     "settings to use instead of config.json in the home", GLOBAL(config)},
    {"set", ATTUNE_OPTION_TEXT, NULL, 0, 0, NULL, NULL, "KEY=VALUE",
     "one setting for this command, over environment and file; may be repeated", GLOBAL(set)},
    {"output", ATTUNE_OPTION_CHOICE, "text", 0, 0, flags_outputs, NULL, NULL,
     "text for people, json for programs: one document on standard output and nothing else",
     GLOBAL(output)},
    {"verbose", ATTUNE_OPTION_BOOL, "false", 0, 0, NULL, NULL, NULL, "say more, on standard error",
     GLOBAL(verbose)},
    {"quiet", ATTUNE_OPTION_BOOL, "false", 0, 0, NULL, NULL, NULL,
     "say nothing but results and errors", GLOBAL(quiet)},
    {"help", ATTUNE_OPTION_BOOL, "false", 0, 0, NULL, NULL, NULL, "this help", GLOBAL(help)},
    {"version", ATTUNE_OPTION_BOOL, "false", 0, 0, NULL, NULL, NULL, "the version of attune",
     GLOBAL(version)},
};
#undef GLOBAL
const struct at_option_table at_cli_globals = {flags_global_rows, sizeof flags_global_rows /
                                                                      sizeof *flags_global_rows};

const struct at_cli_command *at_cli_command_find(const struct at_cli_command *const *commands,
                                                 const char *name)
{
    for (size_t i = 0; commands && commands[i]; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

/* ---- the nearest name, for messages ---- */

struct flags_near {
    const char *name, *wanted;
    unsigned distance;
};

static void flags_near_consider(struct flags_near *near, const char *candidate)
{
    const unsigned d = at_name_distance(near->wanted, candidate);
    const size_t len = strlen(near->wanted);
    if (d < near->distance && d * 2 < (unsigned)(len > 3 ? len : 3)) {
        near->distance = d;
        near->name = candidate;
    }
}

static void flags_near_table(struct flags_near *near, struct at_option_table table)
{
    for (size_t i = 0; i < table.n_rows; i++)
        flags_near_consider(near, table.rows[i].name);
}

static struct at_option_table flags_command_table(const struct at_cli_command *command)
{
    return command ? (struct at_option_table){command->options, command->n_options}
                   : (struct at_option_table){0};
}

static attune_status flags_unknown_option(const struct at_flags *flags, const char *name,
                                          attune_error *err)
{
    struct flags_near near = {NULL, name, 4};
    struct at_part part;
    flags_near_table(&near, flags_command_table(flags->command));
    flags_near_table(&near, at_cli_globals);
    for (size_t i = 0; flags->command && flags->command->takes_part_options && at_part_at(i, &part);
         i++)
        flags_near_table(&near, part.table);
    if (!near.name)
        return at_fail(err, ATTUNE_INVALID, "unknown option '--%s'%s", name,
                       flags->command ? "" : " (options of a command stand after its name)");
    char flag[64] = {0};
    for (size_t i = 0; near.name[i] && i + 1 < sizeof flag; i++)
        flag[i] = near.name[i] == '_' ? '-' : near.name[i];
    return at_fail(err, ATTUNE_INVALID, "unknown option '--%s'; did you mean '--%s'?", name, flag);
}

attune_status at_flags_unknown_command(const struct at_cli_command *parent, const char *name,
                                       attune_error *err)
{
    const struct at_cli_command *const *commands =
        parent ? parent->subcommands : at_cli_command_table;
    struct flags_near near = {NULL, name, 4};
    for (size_t i = 0; commands && commands[i]; i++)
        flags_near_consider(&near, commands[i]->name);
    const char *of = parent ? parent->name : "attune", *space = parent ? "attune " : "";
    return near.name
               ? at_fail(err, ATTUNE_INVALID, "'%s' is not a command of '%s%s'; did you mean '%s'?",
                         name, space, of, near.name)
               : at_fail(err, ATTUNE_INVALID, "'%s' is not a command of '%s%s'", name, space, of);
}

/* ---- reading ---- */

struct flags_reader {
    struct at_flags *out;
    const char *const *argv;
    int argc, next;
    struct at_arena *arena;
};

/* One flag as it was typed: --NAME or --NAME=VALUE. */
struct flags_given {
    char name[64];
    const char *value; /* after '='; NULL: none */
    bool negated;      /* --no-NAME */
};

static const char *flags_short(char letter)
{
    return letter == 'h' ? "help" : letter == 'v' ? "verbose" : letter == 'q' ? "quiet" : NULL;
}

static attune_status flags_split(struct flags_given *given, const char *arg, attune_error *err)
{
    *given = (struct flags_given){0};
    if (arg[1] != '-') {
        const char *name = arg[2] == '\0' ? flags_short(arg[1]) : NULL;
        if (!name)
            return at_fail(err, ATTUNE_INVALID, "unknown option '%.40s'", arg);
        strcpy(given->name, name);
        return ATTUNE_OK;
    }
    const char *name = arg + 2, *equals = strchr(name, '=');
    const size_t len = equals ? (size_t)(equals - name) : strlen(name);
    if (len == 0 || len >= sizeof given->name)
        return at_fail(err, ATTUNE_INVALID, "unknown option '%.80s'", arg);
    memcpy(given->name, name, len);
    given->value = equals ? equals + 1 : NULL;
    return ATTUNE_OK;
}

enum flags_place { FLAGS_NOWHERE, FLAGS_COMMAND, FLAGS_GLOBAL, FLAGS_PART };

static enum flags_place flags_look_up(const struct at_flags *flags, const char *name,
                                      const struct attune_option **out)
{
    const struct at_cli_command *command = flags->command;
    if ((*out = at_option_find(flags_command_table(command), name)))
        return FLAGS_COMMAND;
    if ((*out = at_option_find(at_cli_globals, name)))
        return FLAGS_GLOBAL;
    if (command && command->takes_part_options && (*out = at_part_find_option(name)))
        return FLAGS_PART;
    return FLAGS_NOWHERE;
}

/* As flags_look_up; --no-NAME finds a switch NAME. */
static enum flags_place flags_find(const struct at_flags *flags, struct flags_given *given,
                                   const struct attune_option **out)
{
    enum flags_place place = flags_look_up(flags, given->name, out);
    if (place != FLAGS_NOWHERE || strncmp(given->name, "no-", 3) != 0)
        return place;
    place = flags_look_up(flags, given->name + 3, out);
    if (place == FLAGS_NOWHERE || (*out)->type != ATTUNE_OPTION_BOOL)
        return FLAGS_NOWHERE;
    given->negated = true;
    return place;
}

/* The value: after '=', or the next argument unless that is a flag itself ("-5" and "-" are
 * values). */
static attune_status flags_value(struct flags_reader *r, const struct attune_option *option,
                                 struct flags_given *given, attune_error *err)
{
    if (option->type == ATTUNE_OPTION_BOOL) {
        if (given->negated && given->value)
            return at_fail(err, ATTUNE_INVALID, "--%s takes no value", given->name);
        if (!given->value)
            given->value = given->negated ? "false" : "true";
        return ATTUNE_OK;
    }
    if (!given->value) {
        const char *next = r->next < r->argc ? r->argv[r->next] : NULL;
        if (!next || (next[0] == '-' && next[1] == '-'))
            return at_fail(err, ATTUNE_INVALID, "--%s needs a value", given->name);
        given->value = next;
        r->next++;
    }
    return ATTUNE_OK;
}

static attune_status flags_add_setting(struct attune_setting *list, size_t *n, const char *name,
                                       const char *value)
{
    for (size_t i = 0; i < *n; i++)
        if (strcmp(list[i].name, name) == 0) {
            list[i].value = value;
            return ATTUNE_OK;
        }
    list[(*n)++] = (struct attune_setting){name, value};
    return ATTUNE_OK;
}

static attune_status flags_add_set(struct flags_reader *r, const char *text, attune_error *err)
{
    const char *equals = strchr(text, '=');
    if (!equals || equals == text)
        return at_fail(err, ATTUNE_INVALID,
                       "--set: '%.100s' is not KEY=VALUE, for example ml.min_confidence=0.7", text);
    char *key = at_arena_strndup(r->arena, text, (size_t)(equals - text));
    if (!key)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: command line");
    return flags_add_setting(r->out->settings, &r->out->n_settings, key, equals + 1);
}

/* --forest.max-features keeps the name of its part: the library tells by it whose option is meant.
 */
static attune_status flags_add_part(struct flags_reader *r, const struct attune_option *option,
                                    const struct flags_given *given, attune_error *err)
{
    const char *name = given->name + (given->negated ? 3 : 0), *dot = strchr(name, '.');
    if (!dot)
        return flags_add_setting(r->out->parts, &r->out->n_parts, option->name, given->value);
    struct at_buf full = {0};
    attune_status status =
        at_buf_addf(&full, err, "%.*s.%s", (int)(dot - name), name, option->name);
    const char *copy = status == ATTUNE_OK ? at_arena_strdup(r->arena, full.data) : NULL;
    at_buf_release(&full);
    if (!copy)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: command line");
    return flags_add_setting(r->out->parts, &r->out->n_parts, copy, given->value);
}

static attune_status flags_read_flag(struct flags_reader *r, const char *arg, attune_error *err)
{
    struct flags_given given;
    const struct attune_option *option = NULL;
    AT_TRY(flags_split(&given, arg, err));
    const enum flags_place place = flags_find(r->out, &given, &option);
    if (place == FLAGS_NOWHERE)
        return flags_unknown_option(r->out, given.name, err);
    AT_TRY(flags_value(r, option, &given, err));
    if (place == FLAGS_PART)
        return flags_add_part(r, option, &given, err);
    if (place == FLAGS_GLOBAL && strcmp(option->name, "set") == 0)
        return flags_add_set(r, given.value, err);
    if (place == FLAGS_GLOBAL && strcmp(option->name, "output") == 0)
        r->out->output_given = true;
    void *values = place == FLAGS_GLOBAL ? (void *)&r->out->global : r->out->options;
    char where[80] = "--";
    strcat(where, given.name);
    return at_option_set(option, values, given.value, where, r->arena, err);
}

static attune_status flags_choose(struct flags_reader *r, const struct at_cli_command *command,
                                  attune_error *err)
{
    r->out->parent = r->out->command;
    r->out->command = command;
    if (!command->options_size)
        return ATTUNE_OK;
    r->out->options = at_arena_alloc(r->arena, 1, command->options_size, _Alignof(max_align_t));
    if (!r->out->options)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: command line");
    memset(r->out->options, 0, command->options_size);
    return at_options_defaults(flags_command_table(command), r->out->options, err);
}

static attune_status flags_read_word(struct flags_reader *r, const char *word, attune_error *err)
{
    struct at_flags *out = r->out;
    const struct at_cli_command *const *choice =
        !out->command ? at_cli_command_table : out->command->subcommands;
    if (choice) {
        const struct at_cli_command *found = at_cli_command_find(choice, word);
        return found ? flags_choose(r, found, err)
                     : at_flags_unknown_command(out->command, word, err);
    }
    out->args[out->n_args++] = word;
    return ATTUNE_OK;
}

/* --output json holds for every error, also for one that stands before it on the line. */
static void flags_peek_output(struct at_flags *out, int argc, const char *const *argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--output=json") == 0 ||
            (strcmp(argv[i], "--output") == 0 && i + 1 < argc && strcmp(argv[i + 1], "json") == 0))
            out->global.output = AT_CLI_JSON;
}

static attune_status flags_check(const struct at_flags *flags, attune_error *err)
{
    const struct at_cli_command *command = flags->command;
    if (flags->global.help || flags->global.version)
        return ATTUNE_OK;
    if (flags->global.verbose && flags->global.quiet)
        return at_fail(err, ATTUNE_INVALID, "--verbose and --quiet exclude each other");
    if (!command)
        return at_fail(err, ATTUNE_INVALID, "no command given");
    if (command->subcommands)
        return at_fail(err, ATTUNE_INVALID, "'attune %s' needs a command: %s", command->name,
                       command->usage);
    if (flags->n_args < command->min_args)
        return at_fail(err, ATTUNE_INVALID, "arguments are missing; expected %s", command->usage);
    if (flags->n_args > command->max_args)
        return at_fail(err, ATTUNE_INVALID, "unexpected argument '%.100s'",
                       flags->args[command->max_args]);
    return ATTUNE_OK;
}

attune_status at_flags_parse(struct at_flags *out, int argc, const char *const *argv,
                             struct at_arena *arena, attune_error *err)
{
    *out = (struct at_flags){0};
    AT_TRY(at_options_defaults(at_cli_globals, &out->global, err));
    flags_peek_output(out, argc, argv);
    const size_t room = argc > 0 ? (size_t)argc : 1;
    out->args = AT_NEW(arena, const char *, room);
    out->settings = AT_NEW(arena, struct attune_setting, room);
    out->parts = AT_NEW(arena, struct attune_setting, room);
    if (!out->args || !out->settings || !out->parts)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: command line");
    struct flags_reader r = {out, argv, argc, 1, arena};
    bool only_words = false;
    while (r.next < argc) {
        const char *arg = argv[r.next++];
        if (!only_words && strcmp(arg, "--") == 0)
            only_words = true;
        else if (!only_words && arg[0] == '-' && arg[1])
            AT_TRY(flags_read_flag(&r, arg, err));
        else
            AT_TRY(flags_read_word(&r, arg, err));
    }
    return flags_check(out, err);
}
