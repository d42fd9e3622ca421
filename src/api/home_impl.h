#ifndef AT_API_HOME_IMPL_H
#define AT_API_HOME_IMPL_H

#include "api/document.h"
#include "api/settings.h"
#include "attune/home.h"
#include "base/fs.h"
#include "registry/registry.h"
#include "store/store.h"

struct attune_home {
    char folder[2048], models[2100], logs[2100], lock_path[2100], db[2100];
    struct at_config config;
    struct at_store *store; /* opened when it is first needed */
    enum at_store_mode mode;
    struct at_fs_lock lock;
};

/** The store, open for reading or for writing; opened anew when writing is wanted and it is not. */
attune_status at_home_store(attune_home *home, enum at_store_mode mode, struct at_store **out,
                            attune_error *err);
/** Holds the home's lock: two trainings never run at once. BUSY says who has it. */
attune_status at_home_lock(attune_home *home, const char *what, attune_error *err);
void at_home_unlock(attune_home *home);
struct at_registry at_home_registry(attune_home *home);
/** The pool for `threads` (0: the setting, then one per processor). */
attune_status at_home_pool(const attune_home *home, int64_t threads, attune_pool **out,
                           attune_error *err);
/** The name of the person who runs this, for the audit log: "USER", or "unknown". */
const char *at_home_who(void);

#endif
