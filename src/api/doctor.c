/* `attune doctor`: each check says what it looked at, and what to do where it does not hold. */
#include <stdio.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "api/home_impl.h"

struct doctor {
    attune_home *home;
    struct at_json_out *o;
    bool ok;
};

static void doctor_add(struct doctor *d, const char *name, bool ok, const char *detail,
                       const char *advice)
{
    d->ok = d->ok && ok;
    at_json_object_begin(d->o);
    at_json_set_text(d->o, "name", name);
    at_json_set_bool(d->o, "ok", ok);
    at_json_set_text(d->o, "detail", detail);
    at_json_set_text(d->o, "advice", ok ? NULL : advice);
    at_json_object_end(d->o);
}

static void doctor_folder(struct doctor *d)
{
    const bool writable = access(d->home->folder, R_OK | W_OK | X_OK) == 0;
    char detail[2200];
    snprintf(detail, sizeof detail, "%s %s", d->home->folder,
             writable ? "can be read and written" : "cannot be written");
    doctor_add(d, "home", writable, detail, "check who owns the folder and its permissions");
}

static void doctor_space(struct doctor *d)
{
    struct statvfs fs;
    char detail[96] = "cannot tell";
    const bool known = statvfs(d->home->folder, &fs) == 0;
    const double mib = known ? (double)fs.f_bavail * (double)fs.f_frsize / 1048576 : 0;
    if (known)
        snprintf(detail, sizeof detail, "%.0f MiB free", mib);
    doctor_add(d, "disk space", known && mib >= 256, detail,
               "make room: below 256 MiB a training or an import may fail");
}

static struct at_store *doctor_store(struct doctor *d)
{
    struct at_store *store = NULL;
    attune_error err = {0};
    int64_t schema = 0;
    char detail[560];
    attune_status status = at_home_store(d->home, AT_STORE_READ, &store, &err);
    if (status == ATTUNE_OK)
        status = store->kind->verify(store, &err);
    if (status == ATTUNE_OK)
        status = store->kind->schema(store, &schema, &err);
    if (status == ATTUNE_OK)
        snprintf(detail, sizeof detail, "%s, schema %lld, whole", store->kind->name,
                 (long long)schema);
    doctor_add(d, "store", status == ATTUNE_OK, status == ATTUNE_OK ? detail : err.message,
               "keep a copy of the file, then go back to a snapshot or a backup of it");
    return status == ATTUNE_OK ? store : NULL;
}

struct doctor_versions {
    struct at_registry registry;
    size_t n, n_bad;
    char first[512];
};

static attune_status doctor_version(void *context, const struct at_store_version *v,
                                    attune_error *err)
{
    struct doctor_versions *x = context;
    attune_error why = {0};
    (void)err;
    x->n++;
    if (at_registry_verify(&x->registry, v->target, v->version, &why) == ATTUNE_OK)
        return ATTUNE_OK;
    if (!x->n_bad++)
        snprintf(x->first, sizeof x->first, "%s", why.message);
    return ATTUNE_OK;
}

static void doctor_models(struct doctor *d, struct at_store *store)
{
    struct doctor_versions x = {.registry = at_home_registry(d->home)};
    attune_error err = {0};
    char detail[620];
    const attune_status status =
        store->kind->versions(store, at_str_from(""), doctor_version, &x, &err);
    if (status != ATTUNE_OK)
        snprintf(detail, sizeof detail, "%s", err.message);
    else if (x.n_bad)
        snprintf(detail, sizeof detail, "%zu of %zu versions are damaged: %s", x.n_bad, x.n,
                 x.first);
    else
        snprintf(detail, sizeof detail, "%zu versions, all as their manifests say", x.n);
    doctor_add(d, "models", status == ATTUNE_OK && !x.n_bad, detail,
               "attune models verify names them; roll back to a whole version, delete the damaged");
}

static void doctor_leftovers(struct doctor *d)
{
    const struct at_registry registry = at_home_registry(d->home);
    struct at_fs_lock lock;
    attune_error err = {0};
    size_t n = 0;
    char detail[96];
    /* while a training runs its unfinished folder is no leftover */
    if (at_fs_lock_take(&lock, d->home->lock_path, "doctor", &err) != ATTUNE_OK) {
        doctor_add(d, "training", true,
                   err.status == ATTUNE_BUSY ? "one is running now" : err.message, NULL);
        return;
    }
    const attune_status status = at_registry_leftovers(&registry, &n, &err);
    at_fs_lock_release(&lock);
    snprintf(detail, sizeof detail, "%zu leftovers of interrupted trainings", n);
    doctor_add(d, "training", status == ATTUNE_OK && n == 0,
               status == ATTUNE_OK ? detail : err.message,
               "nothing is lost; the next attune train removes them");
}

attune_status attune_home_doctor(attune_home *home, char **out_json, attune_error *err)
{
    struct at_report report;
    *out_json = NULL;
    at_report_begin(&report);
    struct doctor d = {home, &report.o, true};
    at_json_put_key(&report.o, "checks");
    at_json_array_begin(&report.o);
    doctor_add(&d, "settings", true, home->config.file ? home->config.file : "defaults", NULL);
    doctor_folder(&d);
    doctor_space(&d);
    struct at_store *store = doctor_store(&d);
    if (store)
        doctor_models(&d, store);
    if (store)
        doctor_leftovers(&d);
    at_json_array_end(&report.o);
    at_json_set_bool(&report.o, "ok", d.ok);
    return at_report_end(&report, ATTUNE_OK, out_json, err);
}
