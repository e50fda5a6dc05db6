/** A row as the driver gives it: numbers for integers and doubles, strings for bigint, Date for timestamptz, parsed jsonb. */
export type Row = Record<string, unknown>;

/**
 * An SQL array as a parameter that says of what: it then goes in PostgreSQL's binary form, which costs a fifth of the text
 * of a JavaScript array. For the long ones.
 */
export type ArrayParam =
  | { readonly arrayOf: 'float8'; readonly values: readonly (number | null)[] }
  | { readonly arrayOf: 'text'; readonly values: readonly (string | null)[] };

export interface Queryable {
  /**
   * Runs one statement with $1… parameters; an array is a JavaScript array or an `ArrayParam`. A jsonb parameter is given
   * as JSON text: drivers take an array for an SQL one.
   * @throws DatabaseError with the SQLSTATE, or without one when the database could not be asked.
   */
  query<T extends Row = Row>(sql: string, params?: readonly unknown[]): Promise<T[]>;
}

/** A transaction in progress. It is over when the function given to `transaction` settles. */
export type Transaction = Queryable;

/**
 * The hub's database: PGlite in a worker thread, or a PostgreSQL server (with or without TimescaleDB) through pg.
 * Both pass one suite, server/test/database.test.ts.
 */
export interface Database extends Queryable {
  /** What it is, for people: `PGlite 17.x`, `PostgreSQL 15.x`, `PostgreSQL 15.x, TimescaleDB 2.x`. */
  readonly description: string;
  readonly timescale: boolean;
  /** Commits when `work` resolves, rolls back when it throws. Concurrent calls queue or take other connections. */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** Runs a script of several statements, without parameters. */
  script(sql: string): Promise<void>;
  close(): Promise<void>;
}
