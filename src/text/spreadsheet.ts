/** Cells that a spreadsheet shows instead of running them. */

/**
 * Spreadsheets run cells that begin with these as formulas; an apostrophe makes them text. Cells that begin with an
 * apostrophe of their own get another, so that reading takes off just what writing put on.
 */
const FORMULA = /^[=+\-@\t\r']/;

/** The cell as text. */
export const safeCell = (cell: string): string => (FORMULA.test(cell) ? `'${cell}` : cell);

/** The cell before `safeCell`. */
export const plainCell = (cell: string): string =>
  cell[0] === "'" && FORMULA.test(cell.slice(1)) ? cell.slice(1) : cell;
