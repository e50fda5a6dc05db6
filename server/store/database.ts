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

/** A column of rows to append; times are epoch milliseconds. All columns are of one length. */
export type Column = { readonly name: string } & (
  | { readonly type: 'float8' | 'timestamptz'; readonly values: readonly (number | null)[] }
  | { readonly type: 'text'; readonly values: readonly (string | null)[] }
);

/** Rows as their database takes them; made by its `rows`, for its own transactions. */
export interface Rows {
  readonly count: number;
}

/** A transaction in progress. It is over when the function given to `transaction` settles. */
export interface Transaction extends Queryable {
  /**
   * Appends rows to their table, in the way that is quickest for so many.
   * @throws DatabaseError as `query`; none of the rows is there then.
   */
  append(rows: Rows): Promise<void>;
}

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
  /** Makes rows ready for `append` ahead of its turn: the database may be busy with something else meanwhile. */
  rows(table: string, columns: readonly Column[]): Rows;
  /** Runs a script of several statements, without parameters. */
  script(sql: string): Promise<void>;
  close(): Promise<void>;
}
