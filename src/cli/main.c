/* The program: reads the command line, runs one command, turns its status into an exit code. */
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>

#include "attune/version.h"
#include "cli/cli.h"
#include "cli/help_page.h"

/* A signal handler can reach nothing else. The first Ctrl-C asks the library to stop, which takes
 * it up to a second and leaves nothing half-done; SA_RESETHAND makes the second one kill. */
static atomic_bool main_interrupted;

static void main_on_signal(int number)
{
    (void)number;
    atomic_store(&main_interrupted, true);
}

static bool main_cancelled(void *user)
{
    (void)user;
    return atomic_load_explicit(&main_interrupted, memory_order_relaxed);
}

static void main_progress(void *user, const char *stage, uint64_t done, uint64_t total)
{
    at_term_progress(user, stage, done, total);
}

static void main_log(void *user, attune_log_level level, const char *message)
{
    at_term_log(user, level, message);
}

static void main_catch_signals(void)
{
    struct sigaction stop = {.sa_handler = main_on_signal, .sa_flags = (int)SA_RESETHAND};
    sigemptyset(&stop.sa_mask);
    sigaction(SIGINT, &stop, NULL);
    sigaction(SIGTERM, &stop, NULL);
    /* A reader that goes away (| head) shows as EPIPE, so that the work in hand ends cleanly. */
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigemptyset(&ignore.sa_mask);
    sigaction(SIGPIPE, &ignore, NULL);
}

static attune_status main_run(struct at_cli *cli, attune_error *err)
{
    const struct at_flags *flags = cli->flags;
    if (flags->global.help)
        return at_help_print(cli, flags->parent, flags->command, err);
    if (flags->global.version) {
        struct at_page page = at_cli_page_begin(cli);
        at_page_addf(&page, "attune %s\n", attune_version());
        return at_cli_page(cli, &page, err);
    }
    return flags->command->run(cli, flags->options, err);
}

static void main_report_error(struct at_cli *cli, attune_status status, const attune_error *err)
{
    const struct at_flags *flags = cli->flags;
    const char *parent = flags->parent ? flags->parent->name : "";
    const char *command = flags->command ? flags->command->name : "";
    if (!at_term_has_said(cli->term, err->message)) /* a training logs each target's failure */
        at_term_log(cli->term, ATTUNE_LOG_ERROR, err->message);
    if (cli->usage)
        fprintf(cli->term->err, "Try 'attune%s%s%s%s --help'.\n", *parent ? " " : "", parent,
                *command ? " " : "", command);
    if (!at_cli_json(cli) || cli->printed)
        return;
    struct at_buf buf = {0};
    struct at_json_out o = at_json_out_to(&buf, 0);
    at_json_object_begin(&o);
    at_cli_put_error(&o, status, err);
    at_json_object_end(&o);
    if (at_json_end(&o, NULL) == ATTUNE_OK && at_buf_add(&buf, "\n", 1, NULL) == ATTUNE_OK)
        (void)(at_term_write(cli->term, buf.data, buf.len, NULL) == ATTUNE_OK &&
               at_term_flush(cli->term, NULL) == ATTUNE_OK);
    at_buf_release(&buf);
}

int main(int argc, char **argv)
{
    attune_error err = {0};
    struct at_arena arena = {0};
    struct at_flags flags;
    struct at_term term = at_term_open(stdout, stderr);
    struct at_cli cli = {.term = &term, .flags = &flags, .arena = &arena};
    cli.job = (attune_job){&term, main_progress, main_log, main_cancelled};

    main_catch_signals();
    attune_status status = at_flags_parse(&flags, argc, (const char *const *)argv, &arena, &err);
    cli.usage = status == ATTUNE_INVALID;
    at_term_set_level(&term, flags.global.quiet, flags.global.verbose);
    if (status == ATTUNE_OK)
        status = main_run(&cli, &err);
    at_term_progress_end(&term);
    /* What was printed comes before the error, also where both streams are one. */
    attune_error flush_err = {0};
    const attune_status flushed = at_term_flush(&term, &flush_err);
    if (status == ATTUNE_OK && flushed != ATTUNE_OK) {
        status = flushed;
        err = flush_err;
    }
    if (status != ATTUNE_OK && !term.out_closed)
        main_report_error(&cli, status, &err);
    at_arena_release(&arena);
    return attune_status_exit(status);
}
