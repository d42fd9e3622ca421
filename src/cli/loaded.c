#include "cli/loaded.h"

static void loaded_number(struct at_page *page, const at_json *report, const char *key,
                          const char *one, const char *many)
{
    char text[32];
    const int64_t n = at_json_integer(at_json_get(report, key), 0);
    at_page_number(text, n);
    at_page_addf(page, "%s %s", text, n == 1 ? one : many);
}

static void loaded_rejected(struct at_page *page, const at_json *report, bool dry)
{
    const int64_t rejected = at_json_integer(at_json_get(report, "rejected"), 0);
    if (!rejected)
        return;
    at_page_styled(page, AT_STYLE_WARN, "%lld %s rejected", (long long)rejected,
                   rejected == 1 ? "row was" : "rows were");
    at_page_addf(page, dry ? ".\n"
                           : "; the others were loaded. Correct the file and import it again: what "
                             "is in the store\nalready stays as it is.\n");
}

/* A demo counts its fans, an import the profiles that it read. */
static void loaded_news(struct at_page *page, const at_json *report)
{
    const int64_t changed = at_json_integer(at_json_get(report, "labels_changed"), 0);
    at_page_addf(page, "Loaded ");
    if (at_json_get(report, "profiles"))
        loaded_number(page, report, "profiles", "profile", "profiles");
    else
        loaded_number(page, report, "fans", "demo fan", "demo fans");
    at_page_addf(page, ": ");
    loaded_number(page, report, "fans_new", "new fan", "new fans");
    at_page_addf(page, ", ");
    loaded_number(page, report, "messages_new", "new message", "new messages");
    if (at_json_get(report, "labels_new")) {
        at_page_addf(page, ", ");
        loaded_number(page, report, "labels_new", "new label", "new labels");
    }
    if (changed)
        at_page_addf(page, ", %lld changed", (long long)changed);
}

void at_loaded_page(struct at_page *page, const at_json *report)
{
    const bool dry = at_json_bool(at_json_get(report, "dry_run"), false);
    if (at_json_integer(at_json_get(report, "rejected"), 0) > 0 &&
        at_json_integer(at_json_get(report, "profiles"), 0) == 0) {
        at_page_addf(page, "Nothing was loaded.\n"); /* why is on standard error */
        return;
    }
    if (dry) {
        at_page_addf(page, "Read ");
        loaded_number(page, report, "profiles", "profile", "profiles");
        at_page_addf(page, " with ");
        loaded_number(page, report, "messages", "message", "messages");
        at_page_addf(page, ", stored nothing");
    } else {
        loaded_news(page, report);
    }
    at_page_addf(page, " (%.1f s)\n", at_json_number(at_json_get(report, "seconds"), 0));
    loaded_rejected(page, report, dry);
    at_page_addf(page, dry ? "\nNext: the same without --dry-run\n"
                           : "\nNext: attune check   is the data good enough?\n"
                             "or    attune train   train, evaluate and register models\n");
}
