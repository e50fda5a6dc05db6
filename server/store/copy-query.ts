import pg from 'pg';

/** What pg calls on the connection; pg-copy-streams stands on the same three. */
interface CopyConnection {
  query(sql: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
}

/**
 * `copy … from stdin` with all its data at hand. It does not wait for the server's word that it listens, so it goes out
 * with what stands before and behind it; a server that refuses the statement passes over the data. Of pg's own class,
 * since pg lets nothing else between pipelined statements, and pg-copy-streams therefore has no place there.
 */
export class CopyQuery extends pg.Query {
  readonly #sql: string;
  readonly #data: Buffer;

  constructor(sql: string, data: Buffer, done: (cause: Error | null) => void) {
    super(sql);
    this.#sql = sql;
    this.#data = data;
    Object.assign(this, { callback: done });
  }

  override submit = (connection: unknown): void => {
    const to = connection as CopyConnection;
    to.query(this.#sql);
    to.sendCopyFromChunk(this.#data);
    to.endCopyFrom();
  };

  handleCopyInResponse(): void {
    // The data is on its way.
  }
}
