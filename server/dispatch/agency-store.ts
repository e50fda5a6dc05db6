import { isIP } from 'node:net';
import type { ActionResult, Effects } from '@kuzet/contracts/actor.ts';
import type { AgencyPatch, NewAgency } from '@kuzet/contracts/api.ts';
import { Agency } from '@kuzet/contracts/dispatch.ts';
import { incidentTypes } from '@kuzet/contracts/incident.ts';
import type { Clock } from '@kuzet/lib/clock.ts';
import { StartError } from '@kuzet/lib/lifecycle.ts';
import type { Static } from 'typebox';
import type { Database, Transaction } from '../store/database.ts';
import { type AddressGuard, createAddressGuard, sameAddress } from './targets/address-guard.ts';

/** Agencies; their secrets go in and never come out. */
export interface AgencyStore {
  list(): Promise<Agency[]>;
  byIds(ids: readonly string[]): Promise<Agency[]>;
  get(id: string): Promise<ActionResult<Agency>>;
  create(body: NewAgency): Promise<ActionResult<Agency>>;
  /** A new secret becomes the first; the one before it stays valid for `rotationMs`. */
  patch(id: string, body: Static<typeof AgencyPatch>): Promise<ActionResult<Agency>>;
  /**
   * Adds those of the configuration that are not there yet; what a person changed since stays.
   * @throws StartError naming the first that cannot be served.
   */
  addMissing(agencies: readonly NewAgency[]): Promise<void>;
}

export interface AgencyStoreDeps {
  database: Database;
  clock: Clock;
  allowedNetworks: readonly string[];
  onCommitted(effects: Effects): void;
  /** How long a replaced secret goes on signing beside the new one. */
  rotationMs?: number;
}

interface StoredSecret {
  secret: string;
  /** RFC 3339; null while it is the current one. */
  notAfter: string | null;
}

const dayMs = 24 * 3_600_000;

export function createAgencyStore(deps: AgencyStoreDeps): AgencyStore {
  const { database, clock, onCommitted } = deps;
  const rotationMs = deps.rotationMs ?? dayMs;
  const guard = createAddressGuard({ allowedNetworks: deps.allowedNetworks });
  const refuse = (detail: string) => ({ ok: false, code: 'invalid-request', detail }) as const;

  async function insert(tx: Transaction, body: NewAgency): Promise<boolean> {
    const secrets: StoredSecret[] = body.secret ? [{ secret: body.secret, notAfter: null }] : [];
    const rows = await tx.query(
      `insert into kuzet.agencies (id, doc, secrets) values ($1, $2::jsonb, $3::jsonb)
       on conflict (id) do nothing returning id`,
      [body.id, JSON.stringify(withoutSecrets(body)), JSON.stringify(secrets)],
    );
    return rows.length > 0;
  }

  return {
    async list() {
      const rows = await database.query<{ doc: Agency }>(
        `select doc from kuzet.agencies order by doc ->> 'service', id`,
      );
      return rows.map((row) => row.doc);
    },

    async byIds(ids) {
      const rows = await database.query<{ doc: Agency }>('select doc from kuzet.agencies where id = any($1::text[])', [
        [...ids],
      ]);
      return rows.map((row) => row.doc);
    },

    async get(id) {
      const [row] = await database.query<{ doc: Agency }>('select doc from kuzet.agencies where id = $1', [id]);
      return row ? { ok: true, value: row.doc } : { ok: false, code: 'not-found', detail: `no agency ${id}` };
    },

    async create(body) {
      const objection = objectionTo(body, body.secret !== undefined, guard);
      if (objection) return refuse(objection);
      const added = await database.transaction((tx) => insert(tx, body));
      if (!added) return { ok: false, code: 'conflict', detail: `there is an agency ${body.id} already` };
      onCommitted({ agencies: [body.id] });
      return { ok: true, value: withoutSecrets(body) };
    },

    async patch(id, { secret, ...body }) {
      if (body.id !== undefined && body.id !== id) return refuse('an agency keeps its id');
      const result = await database.transaction(async (tx): Promise<ActionResult<Agency>> => {
        const [row] = await tx.query<{ doc: Agency; secrets: StoredSecret[] }>(
          'select doc, secrets from kuzet.agencies where id = $1 for update',
          [id],
        );
        if (!row) return { ok: false, code: 'not-found', detail: `no agency ${id}` };
        const agency = withoutSecrets({ ...row.doc, ...body });
        const objection = objectionTo(agency, secret !== undefined || row.secrets.length > 0, guard);
        if (objection) return refuse(objection);
        const current = row.secrets[0];
        const secrets =
          secret === undefined || secret === current?.secret
            ? row.secrets
            : [
                { secret, notAfter: null },
                // Two at once, no more: the one before the last has had its time.
                ...(current ? [{ ...current, notAfter: new Date(clock.now() + rotationMs).toISOString() }] : []),
              ];
        await tx.query('update kuzet.agencies set doc = $2::jsonb, secrets = $3::jsonb where id = $1', [
          id,
          JSON.stringify(agency),
          JSON.stringify(secrets),
        ]);
        return { ok: true, value: agency };
      });
      if (result.ok) onCommitted({ agencies: [id], dispatchQueued: true });
      return result;
    },

    async addMissing(agencies) {
      for (const agency of agencies) {
        const objection = objectionTo(agency, agency.secret !== undefined, guard);
        if (objection) throw new StartError(`agency ${agency.id}: ${objection}`);
      }
      await database.transaction(async (tx) => {
        for (const agency of agencies) await insert(tx, agency);
      });
    },
  };
}

/** The agency's own fields and no other: whatever else came along, a token's hash or a secret, is not for its document. */
const withoutSecrets = (body: Agency): Agency =>
  Object.fromEntries(
    Object.keys(Agency.properties).map((key) => [key, body[key as keyof Agency]]),
  ) as unknown as Agency;

/** Why this agency could not be served as written; null when it can. Nothing is sent in another form than asked for. */
function objectionTo(agency: Agency, hasSecret: boolean, guard: AddressGuard): string | null {
  const strangers = agency.autoDispatch.filter((type) => !(incidentTypes as readonly string[]).includes(type));
  if (strangers.length) return `autoDispatch: ${strangers.join(', ')}: none of ${incidentTypes.join(', ')}`;
  if (agency.channel === 'desk')
    return agency.endpoint || agency.drillEndpoint ? 'a desk has no webhook address; make the channel webhook' : null;
  if (agency.format !== 'kuzet') return `format: ${agency.format} is not available yet; only kuzet is`;
  if (!agency.endpoint) return 'endpoint: a webhook needs an address';
  if (!hasSecret) return 'secret: nothing leaves unsigned; give a whsec_ secret';
  // A drill must not be able to reach the crews that answer real calls.
  if (agency.drillEndpoint && sameAddress(agency.endpoint, agency.drillEndpoint))
    return 'drillEndpoint: must differ from endpoint';
  return (
    addressObjection('endpoint', agency.endpoint, guard) ??
    addressObjection('drillEndpoint', agency.drillEndpoint, guard)
  );
}

function addressObjection(name: string, address: string | null, guard: AddressGuard): string | null {
  if (address === null) return null;
  if (!URL.canParse(address)) return `${name}: not a URL`;
  const url = new URL(address);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return `${name}: http or https only`;
  if (url.username || url.password) return `${name}: no user name or password in an address; messages are signed`;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const objection = isIP(host) ? guard.objection(host) : null;
  return objection ? `${name}: ${objection}` : null;
}
