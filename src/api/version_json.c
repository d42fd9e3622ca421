#include "api/version_json.h"

void at_version_figures(struct at_json_out *o, const at_json *metrics)
{
    static const char *const keys[] = {"accuracy", "accuracy_interval", "macro_f1",
                                       "log_loss", "test_size",         "train_size"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        at_json_put_key(o, keys[i]);
        at_json_put_value(o, at_json_get(metrics, keys[i]));
    }
}
