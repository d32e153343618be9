/**
 * Tables as comma-separated values (RFC 4180). Text that a spreadsheet would take for a formula is preceded by an
 * apostrophe: nicknames, contacts and version strings are written by strangers.
 */

/** What a cell may hold; `null` is an empty cell. */
export type Cell = string | number | boolean | null;

/** A table with named columns, the form in which every list leaves as CSV. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** Writes the table with a header line and CRLF line ends. */
export function renderCsv(table: Table): string {
  const lines = [table.columns, ...table.rows].map((row) => row.map(renderCell).join(','));
  return `${lines.join('\r\n')}\r\n`;
}

function renderCell(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell !== 'string') return String(cell);
  const safe = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
