/** What a query of the catalogue is. */

/** A query: its text, and by `__row` and `__parameters`, which exist for the compiler only, what goes in and comes out. */
export interface Query<Parameters, Result> {
  readonly sql: string;
  readonly __parameters?: Parameters;
  readonly __row?: Result;
}

/** Makes a query of its text. */
export function query<Parameters, Result>(sql: string): Query<Parameters, Result> {
  return { sql };
}
