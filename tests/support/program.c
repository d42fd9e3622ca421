/* wait4 tells what one child used; getrusage only what all of them did */
#define _DEFAULT_SOURCE
#include "support/program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"

enum { PROGRAM_WORDS = 64, PROGRAM_ENV = 512 };
extern char **environ;

static void program_die(const char *what)
{
    fprintf(stderr, "test: %s: %s\n", what, strerror(errno));
    abort();
}

void program_open(struct program *p, const char *path, const char *dir)
{
    memset(p, 0, sizeof *p);
    snprintf(p->path, sizeof p->path, "%s", path);
    snprintf(p->dir, sizeof p->dir, "%s", dir);
}

static void program_forget(struct program *p)
{
    at_json_free(p->json);
    free(p->out);
    free(p->err);
    p->json = NULL;
    p->out = p->err = NULL;
}

void program_close(struct program *p)
{
    program_forget(p);
}

/* Cuts `words` into argv, in place. */
static void program_split(char *words, char **argv)
{
    size_t n = 1;
    for (char *s = words; *s && n + 1 < PROGRAM_WORDS;) {
        s += strspn(s, " ");
        const char quote = *s == '\'' ? '\'' : ' ';
        s += quote == '\'';
        if (!*s)
            break;
        argv[n++] = s;
        s += strcspn(s, quote == '\'' ? "'" : " ");
        if (*s)
            *s++ = '\0';
    }
    argv[n] = NULL;
}

static int program_redirect(const struct program *p, const char *name, int fd, int flags)
{
    char path[600];
    snprintf(path, sizeof path, "%s/%s", p->dir, name);
    const int file = open(flags == O_RDONLY ? "/dev/null" : path, flags, 0666);
    return file < 0 ? -1 : dup2(file, fd);
}

static void program_child(struct program *p, const char *const *env, char *words)
{
    char *argv[PROGRAM_WORDS] = {p->path};
    char *all[PROGRAM_ENV];
    size_t n = 0;
    for (; environ[n] && n + 32 < PROGRAM_ENV; n++)
        all[n] = environ[n];
    for (size_t i = 0; env && env[i] && n + 1 < PROGRAM_ENV; i++)
        all[n++] = strdup(env[i]);
    all[n] = NULL;
    program_split(words, argv);
    if (program_redirect(p, "stdin", 0, O_RDONLY) < 0 ||
        program_redirect(p, "stdout", 1, O_WRONLY | O_CREAT | O_TRUNC) < 0 ||
        program_redirect(p, "stderr", 2, O_WRONLY | O_CREAT | O_TRUNC) < 0)
        _exit(126);
    execve(p->path, argv, all);
    _exit(127);
}

pid_t program_start(struct program *p, const char *const *env, const char *words)
{
    char *copy = strdup(words);
    program_forget(p);
    p->seconds = at_clock_seconds();
    const pid_t pid = fork();
    if (pid < 0 || !copy)
        program_die("fork");
    if (pid == 0)
        program_child(p, env, copy);
    free(copy);
    return pid;
}

static char *program_slurp(const struct program *p, const char *name)
{
    char path[600];
    struct at_buf text = {0};
    snprintf(path, sizeof path, "%s/%s", p->dir, name);
    if (at_fs_read(path, &text, (size_t)1 << 30, NULL) != ATTUNE_OK)
        program_die(path);
    char *copy = calloc(text.len + 1, 1);
    if (!copy)
        program_die("memory");
    memcpy(copy, text.data, text.len);
    at_buf_release(&text);
    return copy;
}

int program_wait(struct program *p, pid_t pid)
{
    int status;
    struct rusage used;
    while (wait4(pid, &status, 0, &used) < 0)
        if (errno != EINTR)
            program_die("wait4");
    p->seconds = at_clock_seconds() - p->seconds;
    p->code = WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
    p->peak_rss_bytes = (size_t)used.ru_maxrss * 1024; /* Linux counts in KiB */
    p->out = program_slurp(p, "stdout");
    p->err = program_slurp(p, "stderr");
    return p->code;
}

int program_run_env(struct program *p, const char *const *env, const char *words)
{
    return program_wait(p, program_start(p, env, words));
}

int program_run(struct program *p, const char *fmt, ...)
{
    char words[4096];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(words, sizeof words, fmt, ap);
    va_end(ap);
    return program_run_env(p, NULL, words);
}

const at_json *program_json(struct program *p, const char *path)
{
    char part[256];
    attune_error err = {0};
    if (!p->json && at_json_parse(&p->json, p->out, strlen(p->out), "output", &err) != ATTUNE_OK) {
        fprintf(stderr, "test: %s in: %.400s\n", err.message, p->out);
        abort();
    }
    const at_json *v = p->json;
    while (*path && v) {
        const size_t n = strcspn(path, ".");
        snprintf(part, sizeof part, "%.*s", (int)n, path);
        v = at_json_is_array(v) ? at_json_at(v, strtoul(part, NULL, 10)) : at_json_get(v, part);
        path += n + (path[n] == '.');
    }
    return v;
}

bool program_said(const struct program *p, const char *text)
{
    return strstr(p->out, text) || strstr(p->err, text);
}

void program_copy_tree(const char *from, const char *to)
{
    const pid_t pid = fork();
    int status = -1;
    if (pid == 0) {
        execlp("cp", "cp", "-a", from, to, (char *)NULL);
        _exit(127);
    }
    if (pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0)
        program_die("cp");
}
