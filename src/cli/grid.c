#include "cli/grid.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

struct at_grid at_grid(const char *align)
{
    return (struct at_grid){.align = align, .n_cols = strlen(align)};
}

static void grid_put(struct at_grid *grid, at_style style, const char *text, size_t len)
{
    if (grid->status != ATTUNE_OK)
        return;
    if (grid->n_cells == grid->cap) {
        const size_t cap = grid->cap ? grid->cap * 2 : 64;
        struct at_grid_cell *grown = at_realloc(grid->cells, cap, sizeof *grown);
        if (!grown) {
            grid->status = ATTUNE_NO_MEMORY;
            return;
        }
        grid->cells = grown;
        grid->cap = cap;
    }
    char *copy = at_arena_strndup(&grid->texts, text, len);
    if (!copy) {
        grid->status = ATTUNE_NO_MEMORY;
        return;
    }
    const size_t columns = at_page_columns((struct at_str){text, len});
    size_t *width = &grid->width[grid->n_cells % grid->n_cols];
    if (columns > *width)
        *width = columns;
    grid->cells[grid->n_cells++] = (struct at_grid_cell){copy, columns, style};
}

void at_grid_head(struct at_grid *grid, const char *names)
{
    for (;;) {
        const size_t len = strcspn(names, "|");
        grid_put(grid, AT_STYLE_BOLD, names, len);
        if (!names[len])
            return;
        names += len + 1;
    }
}

void at_grid_add(struct at_grid *grid, at_style style, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    const int n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    grid_put(grid, style, text, n < 0 ? 0 : (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
}

static void grid_write_text(struct at_page *page, const struct at_grid_cell *cell)
{
    if (cell->style != AT_STYLE_PLAIN)
        at_page_style(page, cell->style);
    at_page_add(page, cell->text, strlen(cell->text));
    if (cell->style != AT_STYLE_PLAIN)
        at_page_style(page, AT_STYLE_PLAIN);
}

/* Spaces are written only when a cell follows them, so that no line ends in spaces. */
static void grid_write_row(const struct at_grid *grid, struct at_page *page, size_t first,
                           size_t indent)
{
    size_t gap = indent;
    for (size_t col = 0; col < grid->n_cols && first + col < grid->n_cells; col++) {
        const struct at_grid_cell *cell = &grid->cells[first + col];
        const size_t spare = grid->width[col] - cell->columns;
        const bool right = grid->align[col] == 'r';
        gap += right ? spare : 0;
        if (cell->columns) {
            if (gap)
                at_page_pad(page, 0, gap);
            gap = 0;
            grid_write_text(page, cell);
        }
        gap += (right ? 0 : spare) + 2;
    }
    at_page_add(page, "\n", 1);
}

void at_grid_end(struct at_grid *grid, struct at_page *page, size_t indent)
{
    for (size_t i = 0; grid->status == ATTUNE_OK && i < grid->n_cells; i += grid->n_cols)
        grid_write_row(grid, page, i, indent);
    if (grid->status != ATTUNE_OK && page->status == ATTUNE_OK)
        page->status = grid->status;
    at_free(grid->cells);
    at_arena_release(&grid->texts);
    *grid = (struct at_grid){0};
}
