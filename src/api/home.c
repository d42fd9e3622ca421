#include "attune/home.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/home_impl.h"
#include "base/alloc.h"
#include "base/pool.h"

#define HOME_DEFAULT "./attune-data"

void attune_free(char *text)
{
    at_free(text);
}

static attune_status home_names(attune_home *home, const char *folder, attune_error *err)
{
    if (!folder)
        folder = getenv("ATTUNE_HOME");
    if (!folder || !*folder)
        folder = HOME_DEFAULT;
    size_t len = strlen(folder);
    while (len > 1 && folder[len - 1] == '/')
        len--;
    if (len >= sizeof home->folder)
        return at_fail(err, ATTUNE_LIMIT, "the home's folder name is too long");
    memcpy(home->folder, folder, len);
    home->folder[len] = '\0';
    AT_TRY(at_fs_join(home->models, sizeof home->models, home->folder, "models", err));
    AT_TRY(at_fs_join(home->logs, sizeof home->logs, home->folder, "logs", err));
    AT_TRY(at_fs_join(home->lock_path, sizeof home->lock_path, home->folder, "train.lock", err));
    return at_fs_join(home->db, sizeof home->db, home->folder, "attune.db", err);
}

static attune_status home_create(attune_home **out, const struct attune_home_options *options,
                                 attune_error *err)
{
    attune_home *home = AT_ALLOC(attune_home, 1);
    if (!home)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: home");
    home->lock.fd = -1;
    const attune_status status = home_names(home, options ? options->folder : NULL, err);
    if (status != ATTUNE_OK) {
        attune_home_close(home);
        return status;
    }
    *out = home;
    return ATTUNE_OK;
}

static attune_status home_load_config(attune_home *home, const struct attune_home_options *options,
                                      attune_error *err)
{
    static const struct attune_home_options none;
    char file[2200];
    if (!options)
        options = &none;
    AT_TRY(at_fs_join(file, sizeof file, home->folder, "config.json", err));
    return at_config_load(&home->config, options->config_file ? options->config_file : file,
                          options->config_file != NULL, options->settings, options->n_settings,
                          err);
}

static attune_status home_missing(const attune_home *home, attune_error *err)
{
    if (strcmp(home->folder, HOME_DEFAULT) == 0)
        return at_fail(err, ATTUNE_NOT_FOUND,
                       "there is no home at '%s'; make one with: attune init", home->folder);
    return at_fail(err, ATTUNE_NOT_FOUND,
                   "there is no home at '%s'; make one with: attune --home %s init", home->folder,
                   home->folder);
}

attune_status attune_home_open(attune_home **out, const struct attune_home_options *options,
                               attune_error *err)
{
    *out = NULL;
    attune_home *home;
    AT_TRY(home_create(&home, options, err));
    attune_status status = ATTUNE_OK;
    if (!at_fs_is_dir(home->folder))
        status = home_missing(home, err);
    if (status == ATTUNE_OK)
        status = home_load_config(home, options, err);
    if (status != ATTUNE_OK) {
        attune_home_close(home);
        return status;
    }
    *out = home;
    return ATTUNE_OK;
}

void attune_home_close(attune_home *home)
{
    if (!home)
        return;
    if (home->store)
        home->store->kind->close(home->store);
    at_home_unlock(home);
    at_config_release(&home->config);
    at_free(home);
}

const char *attune_home_folder(const attune_home *home)
{
    return home->folder;
}

static attune_status home_write_config(const attune_home *home, attune_error *err)
{
    char file[2200];
    struct at_buf text = {0};
    AT_TRY(at_fs_join(file, sizeof file, home->folder, "config.json", err));
    if (at_fs_exists(file))
        return ATTUNE_OK;
    attune_status status = at_config_template(&text, err);
    if (status == ATTUNE_OK)
        status = at_fs_write(file, text.data, text.len, err);
    at_buf_release(&text);
    return status;
}

/* The store is made last. A file without a schema is what an interrupted init left. */
static bool home_is_complete(const attune_home *home)
{
    const struct at_store_kind *kind;
    struct at_store *store = NULL;
    if (!at_fs_exists(home->db) || at_store_kind_for(&kind, home->db, NULL) != ATTUNE_OK)
        return false;
    const attune_status status = kind->open(&store, home->db, AT_STORE_READ, NULL);
    if (store)
        kind->close(store);
    return status != ATTUNE_NOT_FOUND;
}

/* Only the home itself is private; what is in it follows the umask and cannot be reached by others.
 */
static attune_status home_fill(attune_home *home, const struct attune_home_options *options,
                               attune_error *err)
{
    struct at_store *store;
    if (home_is_complete(home))
        return at_fail(err, ATTUNE_CONFLICT, "there is a home at '%s' already; nothing was changed",
                       home->folder);
    AT_TRY(at_fs_mkdirs_private(home->folder, err));
    AT_TRY(at_fs_mkdirs(home->models, err));
    AT_TRY(at_fs_mkdirs(home->logs, err));
    AT_TRY(home_write_config(home, err));
    AT_TRY(home_load_config(home, options, err));
    return at_home_store(home, AT_STORE_WRITE, &store, err);
}

attune_status attune_home_init(const struct attune_home_options *options, char **out_folder,
                               attune_error *err)
{
    attune_home *home;
    if (out_folder)
        *out_folder = NULL;
    AT_TRY(home_create(&home, options, err));
    char *folder = at_strdup(home->folder);
    attune_status status = folder ? home_fill(home, options, err)
                                  : at_fail(err, ATTUNE_NO_MEMORY, "out of memory: home");
    if (status == ATTUNE_OK && out_folder)
        *out_folder = folder;
    else
        at_free(folder);
    attune_home_close(home);
    return status;
}

attune_status at_home_store(attune_home *home, enum at_store_mode mode, struct at_store **out,
                            attune_error *err)
{
    if (home->store && mode == AT_STORE_WRITE && home->mode == AT_STORE_READ) {
        home->store->kind->close(home->store);
        home->store = NULL;
    }
    if (!home->store) {
        const char *url = home->config.values.database_url;
        const struct at_store_kind *kind;
        if (!url || !*url)
            url = home->db;
        AT_TRY(at_store_kind_for(&kind, url, err));
        AT_TRY(kind->open(&home->store, url, mode, err));
        home->mode = mode;
    }
    *out = home->store;
    return ATTUNE_OK;
}

attune_status at_home_lock(attune_home *home, const char *what, attune_error *err)
{
    if (home->lock.fd >= 0)
        return at_fail(err, ATTUNE_BUSY, "this home is busy with another %s", what);
    return at_fs_lock_take(&home->lock, home->lock_path, what, err);
}

void at_home_unlock(attune_home *home)
{
    at_fs_lock_release(&home->lock);
}

struct at_registry at_home_registry(attune_home *home)
{
    return (struct at_registry){home->store, home->models};
}

attune_status at_home_pool(const attune_home *home, int64_t threads, attune_pool **out,
                           attune_error *err)
{
    if (threads <= 0 && home)
        threads = home->config.values.threads;
    return at_pool_create(out, threads > 0 ? (size_t)threads : at_cpu_count(), err);
}

const char *at_home_who(void)
{
    const char *user = getenv("USER");
    return user && *user ? user : "unknown";
}
