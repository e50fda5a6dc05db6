import type { ActionResult, Effects } from '@kuzet/contracts/actor.ts';
import type { AgencyPatch, NewAgency } from '@kuzet/contracts/api.ts';
import type { Agency } from '@kuzet/contracts/dispatch.ts';
import type { Clock } from '@kuzet/lib/clock.ts';
import type { Static } from 'typebox';
import type { Database } from '../store/database.ts';

/** Agencies; their secrets go in and never come out. */
export interface AgencyStore {
  list(): Promise<Agency[]>;
  byIds(ids: readonly string[]): Promise<Agency[]>;
  get(id: string): Promise<ActionResult<Agency>>;
  create(body: NewAgency): Promise<ActionResult<Agency>>;
  /** A new secret becomes the first; the one before it stays valid for `rotationMs`. */
  patch(id: string, body: Static<typeof AgencyPatch>): Promise<ActionResult<Agency>>;
  /** Adds those of the configuration that are not there yet; what a person changed since stays. */
  addMissing(agencies: readonly NewAgency[]): Promise<void>;
}

export interface AgencyStoreDeps {
  database: Database;
  clock: Clock;
  allowedNetworks: readonly string[];
  onCommitted(effects: Effects): void;
  rotationMs?: number;
}

export function createAgencyStore(_deps: AgencyStoreDeps): AgencyStore {
  throw new Error('not built yet');
}
