/* The ways that combine several models, as tables: which members, what they eat, and how many rows
 * they need. What is chosen of a list, and how members are weighed, is train/learn.h. */
#include <string.h>

#include "pipeline/recipe.h"

#define LINEAR "ngram,behaviour,meaning"

/* One of each kind. */
static const struct at_recipe_row ways_ensemble[] = {
    {"linear", LINEAR, "C=2,class_weight=sqrt", 0, 0, 0.5},
    {"bayes", "ngram", "presence=true", 0, 0, 0.2},
    {"forest", "tfidf,behaviour", "", 0, 0, 0.3},
};

/* Below 100 nothing is tuned. From 1000 on more or less trust in the data can pay, and is tried. */
static const struct at_recipe_row ways_auto[] = {
    {"linear", LINEAR, "C=2,class_weight=sqrt", 0, 0, 0.7},
    {"linear", LINEAR, "C=0.25,class_weight=sqrt", 1000, 0, 0.7},
    {"linear", LINEAR, "C=0.5,class_weight=sqrt", 1000, 0, 0.7},
    {"linear", LINEAR, "C=1,class_weight=sqrt", 1000, 0, 0.7},
    {"linear", LINEAR, "C=4,class_weight=sqrt", 1000, 0, 0.7},
    {"linear", LINEAR, "C=8,class_weight=sqrt", 1000, 0, 0.7},
    {"bayes", "ngram", "presence=true", 100, 0, 0.3},
};

#define ROWS(table) (table), sizeof(table) / sizeof *(table)
static const struct at_recipe_way ways[] = {
    {"auto", "chooses and combines models by the volume of data", ROWS(ways_auto)},
    {"ensemble", "linear, bayes and forest answering together", ROWS(ways_ensemble)},
};

const struct at_recipe_way *at_recipe_way_at(size_t index)
{
    return index < sizeof ways / sizeof *ways ? &ways[index] : NULL;
}

bool at_recipe_has_kind(const char *name)
{
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        if (strcmp(ways[i].name, name) == 0)
            return true;
    return attune_model_kind_find(name) != NULL;
}
