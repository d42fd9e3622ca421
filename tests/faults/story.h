/* story.h - commands that are to be hurt: the homes they start from, and what must hold afterwards.
 */
#ifndef AT_TEST_FAULTS_STORY_H
#define AT_TEST_FAULTS_STORY_H

#include "base/hash.h"
#include "support/program.h"

/* Homes that are made once and copied for every run. */
enum story_home {
    STORY_EMPTY,   /* nothing */
    STORY_INIT,    /* after init */
    STORY_DATA,    /* with fans */
    STORY_TRAINED, /* versions 1 to 3 of personality, champion 3, previous 1, candidate 2 or none */
    STORY_OLD,     /* the store of schema 1, with fans */
    STORY_FITTED,  /* a model folder "model" beside a home */
    STORY_HOMES
};

struct story {
    const char *name;
    enum story_home from;
    const char *words;       /* of the command; @D is the data file, @M the model folder */
    bool may_be_refused;     /* the gate's exit code 4 is a success */
    bool gone_when_repeated; /* done once, it cannot be done again */
};
extern const struct story stories[];
extern const size_t n_stories;

enum { STORY_TARGETS = 2 };
struct stage {
    char dir[256], work[300], homes[STORY_HOMES][320], data[320];
    struct program program;
    const char *doing; /* for problems: "train: write 17 EIO" */
    size_t n_problems;
    /* what an undisturbed run gives */
    int64_t champion_before[STORY_TARGETS], champion_after[STORY_TARGETS];
    char fans_after[AT_SHA256_HEX];
    double seconds;
};

void stage_open(struct stage *s, const char *program);
void stage_close(struct stage *s);
/* Runs the story once undisturbed and notes what it gives. */
void stage_learn(struct stage *s, const struct story *story);
/* A fresh copy of the story's home. */
void stage_reset(struct stage *s, const struct story *story);
/* The story's command line. */
void stage_words(const struct stage *s, const struct story *story, char *out, size_t out_size);
bool stage_succeeded(const struct stage *s, const struct story *story);
void stage_problem(struct stage *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Names with ".tmp" below the home. */
size_t stage_temporaries(const struct stage *s);
/*
 * What must hold after anything: the store opens and is sound, every version verifies, the
 * champions are those of before or after, the command can be repeated and then gives what it always
 * gives, and doctor finds nothing (after a training, where leftovers wait for one).
 */
void stage_check(struct stage *s, const struct story *story);

#endif
