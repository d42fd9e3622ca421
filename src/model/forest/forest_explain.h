#ifndef AT_MODEL_FOREST_EXPLAIN_H
#define AT_MODEL_FOREST_EXPLAIN_H

#include "model/forest/forest_model.h"

/**
 * Shapley values of the columns for the probability of one class.
 *
 * The game: what a forest answers when only some columns of the row are known. At a node that asks
 * for another column both children are followed, by the shares of the training rows that went
 * there. A column's value is what it adds, averaged over all orders in which columns may become
 * known: the exact TreeSHAP values of the `shap` package (feature_perturbation
 * "tree_path_dependent").
 *
 * out  contribution  f64[n_features]
 *      base          the answer when no column is known; base and contributions sum to the
 *                    probability
 * in   row           one sparse row
 *
 * Errors   INVALID for a row that is not sparse or has another width; NO_MEMORY
 * Cost     O(nodes of the forest x points of the quadrature, 16 to half the deepest way)
 * Source   Lundberg et al. 2020 (the values); Owen 1972 (the integral); see forest_explain.c
 */
attune_status at_forest_explain(const struct attune_model *model, const struct attune_rows *row,
                                uint32_t class_index, double *contribution, double *base,
                                attune_error *err);

#endif
