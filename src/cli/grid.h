#ifndef AT_CLI_GRID_H
#define AT_CLI_GRID_H

#include "base/arena.h"
#include "cli/page.h"

/*
 * A table with aligned columns. Cells are added from left to right; a row is full after n_cols
 * cells. `align` has one letter a column: 'l' or 'r'. `struct at_grid g = at_grid("lrr");`
 */
enum { AT_GRID_MAX_COLS = 12 };

struct at_grid_cell {
    const char *text;
    size_t columns;
    at_style style;
};
struct at_grid {
    const char *align;
    size_t n_cols, n_cells, cap, width[AT_GRID_MAX_COLS];
    struct at_grid_cell *cells;
    struct at_arena texts;
    attune_status status;
};

struct at_grid at_grid(const char *align);
/** The names of the columns, separated by '|'; shown in bold. */
void at_grid_head(struct at_grid *grid, const char *names);
void at_grid_add(struct at_grid *grid, at_style style, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/** Writes the rows, each after `indent` spaces, and releases the grid. */
void at_grid_end(struct at_grid *grid, struct at_page *page, size_t indent);

#endif
