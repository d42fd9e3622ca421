#include "cli/term.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"

enum { TERM_SAID = sizeof((struct at_term *)0)->said / sizeof(uint64_t) };

static size_t term_width(int fd)
{
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20)
        return size.ws_col;
    return 80;
}

struct at_term at_term_open(FILE *out, FILE *err)
{
    const char *no_color = getenv("NO_COLOR"), *kind = getenv("TERM");
    const bool able = kind && *kind && strcmp(kind, "dumb") != 0;
    const bool color = able && (!no_color || !*no_color);
    struct at_term term = {.out = out, .err = err, .min_level = ATTUNE_LOG_WARNING};
    term.out_is_terminal = isatty(fileno(out)) != 0;
    term.err_is_terminal = isatty(fileno(err)) != 0;
    term.color_out = color && term.out_is_terminal;
    term.color_err = color && term.err_is_terminal;
    term.bar = able && term.err_is_terminal;
    term.width = term.err_is_terminal ? term_width(fileno(err)) : 80;
    return term;
}

void at_term_set_level(struct at_term *term, bool quiet, bool verbose)
{
    term->min_level = quiet ? ATTUNE_LOG_ERROR : verbose ? ATTUNE_LOG_DEBUG : ATTUNE_LOG_WARNING;
    if (quiet)
        term->bar = false;
}

static attune_status term_write_failed(struct at_term *term, attune_error *err)
{
    const int reason = errno;
    if (reason == EPIPE) {
        term->out_closed = true;
        return ATTUNE_OK;
    }
    return at_fail_os(err, reason, "cannot write to standard output");
}

attune_status at_term_write(struct at_term *term, const void *data, size_t len, attune_error *err)
{
    if (term->out_closed || !len)
        return ATTUNE_OK;
    if (term->out_is_terminal && term->err_is_terminal)
        at_term_progress_end(term);
    errno = 0;
    return fwrite(data, 1, len, term->out) == len ? ATTUNE_OK : term_write_failed(term, err);
}

attune_status at_term_flush(struct at_term *term, attune_error *err)
{
    errno = 0;
    return term->out_closed || fflush(term->out) == 0 ? ATTUNE_OK : term_write_failed(term, err);
}

void at_term_progress_end(struct at_term *term)
{
    if (term->bar_drawn)
        fputs("\r\033[K", term->err);
    term->bar_drawn = false;
    fflush(term->err);
}

void at_term_log(struct at_term *term, attune_log_level level, const char *message)
{
    static const char *const words[] = {"", "", "warning: ", ""};
    static const char *const colors[] = {"\033[2m", "", "\033[33m", "\033[31m"};
    if (level < term->min_level)
        return;
    if (level >= ATTUNE_LOG_WARNING)
        term->said[term->n_said++ % TERM_SAID] = at_hash64(message, strlen(message), 0);
    at_term_progress_end(term);
    const char *color = term->color_err ? colors[level] : "";
    fprintf(term->err, "attune: %s%s", color, words[level]);
    for (const char *p = message; *p; p++) { /* a text from data must not steer the terminal */
        const unsigned char c = (unsigned char)*p;
        fputc((c < 0x20 && c != '\n') || c == 0x7F ? '?' : c, term->err);
    }
    fprintf(term->err, "%s\n", *color ? "\033[0m" : "");
    fflush(term->err);
}

bool at_term_has_said(const struct at_term *term, const char *message)
{
    const uint64_t hash = at_hash64(message, strlen(message), 0);
    for (size_t i = 0; i < term->n_said && i < TERM_SAID; i++)
        if (term->said[i] == hash)
            return true;
    return false;
}

static void term_format_left(char out[40], double seconds)
{
    if (seconds < 0 || seconds > 359999)
        out[0] = '\0';
    else if (seconds >= 60)
        snprintf(out, 40, "%d min %02d s left", (int)seconds / 60, (int)seconds % 60);
    else
        snprintf(out, 40, "%.0f s left", seconds);
}

/* fit        [###########.........]  55 %  3 s left */
static void term_draw(struct at_term *term, uint64_t done, uint64_t total, double now)
{
    enum { BAR = 24 };
    char bar[BAR + 1], left[40] = "";
    if (total == 0) {
        fprintf(term->err, "\r\033[K%-12s %llu", term->stage, (unsigned long long)done);
    } else {
        const double fraction = done < total ? (double)done / (double)total : 1.0;
        const double spent = now - term->stage_start;
        for (int i = 0; i < BAR; i++)
            bar[i] = (double)i < fraction * BAR ? '#' : '.';
        bar[BAR] = '\0';
        if (spent > 1 && fraction > 0.02)
            term_format_left(left, spent * (1 - fraction) / fraction);
        fprintf(term->err, "\r\033[K%-12s [%s] %3.0f %%  %s", term->stage, bar, fraction * 100,
                term->width > 70 ? left : "");
    }
    fflush(term->err);
    term->bar_drawn = true;
}

void at_term_progress(struct at_term *term, const char *stage, uint64_t done, uint64_t total)
{
    if (!term->bar)
        return;
    const double now = at_clock_seconds();
    const bool new_stage = strncmp(stage, term->stage, sizeof term->stage - 1) != 0;
    if (new_stage) {
        snprintf(term->stage, sizeof term->stage, "%s", stage);
        term->stage_start = now;
    } else if (now - term->last_draw < 0.1) {
        return;
    }
    term->last_draw = now;
    term_draw(term, done, total, now);
}
