/** A statement that the database refused, or could not be asked to run. */
export class DatabaseError extends Error {
  override name = 'DatabaseError';
  /** SQLSTATE, or null when the database did not answer at all. */
  readonly sqlState: string | null;

  constructor(message: string, sqlState: string | null, options?: ErrorOptions) {
    super(message, options);
    this.sqlState = sqlState;
  }
}
