#ifndef AT_API_CHECK_FINDING_H
#define AT_API_CHECK_FINDING_H

#include "base/arena.h"
#include "base/json.h"

/* One finding: how many, and the names of the first few. `{0}` is empty. */
enum { AT_FINDING_SHOWN = 10 };
struct at_finding {
    uint64_t n;
    struct at_str fans[AT_FINDING_SHOWN][2]; /* the second is empty for a single fan */
    struct at_arena arena;
};
attune_status at_finding_add(struct at_finding *f, struct at_str fan, attune_error *err);
attune_status at_finding_add_pair(struct at_finding *f, struct at_str a, struct at_str b,
                                  attune_error *err);
void at_finding_release(struct at_finding *f);
/** An object {"level", "code", "message", "count", "fans"}; nothing when the finding is empty. */
void at_finding_json(const struct at_finding *f, struct at_json_out *o, const char *level,
                     const char *code, const char *what);
/** A finding without fans. */
void at_finding_note(struct at_json_out *o, const char *level, const char *code, const char *text);

#endif
