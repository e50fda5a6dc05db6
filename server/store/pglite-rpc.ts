import type { Row } from './database.ts';

/** What the hub's thread asks of the thread that runs PGlite. `id` pairs an answer with its question. */
export type PgliteRequest =
  | { id: number; op: 'query'; sql: string; params: readonly unknown[] }
  | { id: number; op: 'script'; sql: string }
  | { id: number; op: 'close' };

/** Without an id: the folder was opened, or could not be. */
export type PgliteAnswer =
  | { id: number; rows: Row[] }
  | { id: number; error: PgliteFault }
  | { ready: string }
  | { refused: PgliteFault };

export interface PgliteFault {
  message: string;
  /** SQLSTATE, where PostgreSQL gave one. */
  code?: string | undefined;
  detail?: string | undefined;
}
