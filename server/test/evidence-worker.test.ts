import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import type { Clip, EvidenceList } from '@kuzet/contracts/evidence.ts';
import { openSigningKey } from '@kuzet/lib/evidence/signing-key.ts';
import { verifyEvidence } from '@kuzet/lib/evidence/verify-evidence.ts';
import { silentLog } from '@kuzet/lib/log.ts';
import { createTestClock } from '@kuzet/lib/test-clock.ts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createEvidenceFolder } from '../evidence/evidence-folder.ts';
import { createEvidenceStore } from '../evidence/evidence-store.ts';
import { createEvidenceWorker, type EvidenceWorker } from '../evidence/evidence-worker.ts';
import type { EdgeAnswer } from '../evidence/fetch-evidence.ts';
import { removeOld } from '../evidence/remove-old.ts';
import { signManifests } from '../evidence/sign-manifests.ts';
import type { Database, Transaction } from '../store/database.ts';
import { migrate } from '../store/migrate.ts';
import { storeKinds } from './hub-fixture.ts';
import type { TestDatabase } from './open-test-database.ts';

const settings = { preS: 10, postS: 20, followS: 30, longestS: 80, keepDays: 365, drillKeepDays: 30 };

describe.each(storeKinds)('what an incident keeps, on %s', (_kind, open) => {
  let kept: TestDatabase;
  let database: Database;
  beforeAll(async () => {
    kept = await open();
    database = kept.database;
    await migrate(database, silentLog);
  });
  afterAll(() => kept.remove());

  let root: string;
  let clock: ReturnType<typeof createTestClock>;
  let workers: EvidenceWorker[];
  let asked: string[];
  /** By the path that is asked for; what it does not know is as if the edge agent were away. */
  let edge: (path: string, method: string) => EdgeAnswer | null;
  beforeEach(async () => {
    await database.script(
      'delete from kuzet.evidence_manifests; delete from kuzet.evidence; delete from kuzet.incidents',
    );
    root = mkdtempSync(join(tmpdir(), 'kuzet-evidence-'));
    clock = createTestClock(Date.now());
    workers = [];
    asked = [];
    edge = () => null;
  });
  afterEach(async () => {
    await Promise.all(workers.map((worker) => worker.stop()));
    rmSync(root, { recursive: true });
  });

  const evidence = () => join(root, 'evidence');
  const signing = (over: Database = database) => ({
    database: over,
    clock,
    folder: createEvidenceFolder(evidence()),
    key: openSigningKey(join(root, 'key.pem')),
    hubVersion: '0',
  });
  function start(): EvidenceWorker {
    const worker = createEvidenceWorker({
      ...signing(),
      log: silentLog,
      async ask(_edge, path, { method = 'GET' } = {}) {
        asked.push(`${method} ${path}`);
        return edge(path, method) ?? { ok: false, detail: 'The edge agent does not answer.' };
      },
      edgeHttpUrl: async () => 'http://edge',
      settings,
    });
    workers.push(worker);
    worker.start();
    return worker;
  }
  const json = (body: unknown, status = 200): EdgeAnswer => ({
    ok: true,
    status,
    headers: {},
    body: Readable.from([Buffer.from(JSON.stringify(body))]),
  });
  const file = (bytes: string): EdgeAnswer => ({
    ok: true,
    status: 200,
    headers: {},
    body: Readable.from([Buffer.from(bytes)]),
  });
  const clip = (id: string, state: Clip['state'], sizes: number[] = [], reason: string | null = null): Clip => ({
    id,
    camera: 'cam-1',
    fromMs: 1,
    toMs: 2,
    state,
    reason,
    parts: sizes.map((sizeBytes, i) => ({
      name: `${i + 1}.mp4`,
      codec: 'avc1.42c01e',
      width: 320,
      height: 180,
      fromMs: 1,
      toMs: 2,
      frames: 1,
      sizeBytes,
    })),
    gaps: [],
  });

  async function openIncident(id: string, parts = [1]): Promise<string> {
    const at = new Date(clock.now());
    await database.query(
      `insert into kuzet.incidents (id, type, priority, severity, state, drill, source, opened_at, updated_at)
       values ($1, 'fire', 'P1', 'critical', 'new', false, 'manual', $2, $2)`,
      [id, at],
    );
    for (const part of parts)
      await database.query(
        `insert into kuzet.evidence (incident_id, camera_id, part, opened_at, next_attempt_at) values ($1, 'cam-1', $2, $3, $3)`,
        [id, part, at],
      );
    return id;
  }
  const list = (id: string): Promise<EvidenceList> =>
    createEvidenceStore(database, createEvidenceFolder(evidence())).list(id);
  const manifestOf = async (id: string) => {
    const { manifest } = await list(id);
    expect(manifest).not.toBeNull();
    const store = createEvidenceStore(database, createEvidenceFolder(evidence()));
    const stored = (await store.open(id, manifest!.file))!;
    let text = '';
    for await (const chunk of stored.read(0, stored.sizeBytes - 1)) text += chunk;
    return JSON.parse(text);
  };
  /** Turns the clock until it is so. */
  const until = (what: () => Promise<void> | void, stepMs = 1_000) =>
    vi.waitFor(
      async () => {
        clock.advance(stepMs);
        await what();
      },
      { timeout: 15_000, interval: 10 },
    );

  test('[X4] [X5] [X6] a clip that the edge agent has lost is named, those after it are recorded, and the chain goes on', async () => {
    const first = await openIncident('INC-2026-000001');
    edge = (path, method) => {
      if (method === 'POST') return json(clip('any', 'recording'), 202);
      if (path.endsWith(`${first}.1`)) return json({ detail: 'There is no such clip; it may have been deleted' }, 404);
      if (path.endsWith('.mp4')) return file('pictures');
      return json(clip(path.split('/').at(-1)!, 'ready', [8]));
    };
    start();
    await until(async () => {
      const { items } = await list(first);
      expect(items.map(({ state }) => state)).toEqual(['unavailable', 'ready', 'ready']);
      expect(await manifestOf(first)).toMatchObject({ missing: [{}], files: [{}, {}] });
    });
    const { items } = await list(first);
    expect(items[0]!.reason).toBe('There is no such clip; it may have been deleted');
    // Each begins where the one before it ended, up to `longestS`.
    expect(items.map(({ from }) => from).slice(1)).toEqual(items.map(({ to }) => to).slice(0, -1));
    expect(Date.parse(items[2]!.to) - Date.parse(items[0]!.from)).toBe(90_000);
    expect(await manifestOf(first)).toMatchObject({
      missing: [{ camera: 'cam-1', kind: 'clip', from: items[0]!.from, reason: items[0]!.reason }],
      files: [{ name: 'cam-1-clip-2.mp4' }, { name: 'cam-1-clip-3.mp4' }],
    });

    const second = await openIncident('INC-2026-000002');
    await until(async () => expect((await manifestOf(second)).files).toHaveLength(3));
    const verdict = await verifyEvidence(evidence(), null);
    expect(verdict).toMatchObject({ ok: true, faults: [], checkedFiles: 5 });
  });

  test('[X4] an edge agent that was away for longer than a clip is waited for: what follows begins when it is back', async () => {
    const id = await openIncident('INC-2026-000001');
    start();
    await until(async () => expect((await list(id)).items[0]!.reason).toMatch(/does not answer/));
    // The second one, which ends 50 s after the opening, is over before it is asked for.
    clock.advance(65_000);
    const late = 'no picture of this time: the edge agent holds no older pictures';
    let posted = 0;
    edge = (path, method) => {
      if (method === 'POST')
        return ++posted < 3 ? json(clip('any', 'failed', [], late)) : json(clip('any', 'recording'), 202);
      return path.endsWith('.mp4') ? file('pictures') : json(clip(id, 'ready', [8]));
    };
    await until(async () => {
      const { items } = await list(id);
      expect(items.map(({ state, reason }) => [state, reason])).toEqual([
        ['unavailable', late],
        ['unavailable', late],
        ['ready', null],
      ]);
    });
  });

  test('[X4] [X7] of a clip whose second file is lost nothing stays that no manifest knows', async () => {
    const id = await openIncident('INC-2026-000001');
    edge = (path, method) => {
      if (method === 'POST') return json(clip('any', 'ready', [8, 8]));
      return path.endsWith('1.mp4') ? file('pictures') : json({ detail: 'There is no such part of a clip' }, 404);
    };
    // What a kill in the middle of an earlier try has left.
    await createEvidenceFolder(evidence()).write(id, 'cam-1-clip-1.mp4', Buffer.from('other'));
    writeFileSync(join(evidence(), id, 'cam-1-clip-1-2.mp4.part'), 'half');
    start();
    await until(async () => expect((await manifestOf(id)).missing[0].reason).toMatch(/no such part/));
    expect(readdirSync(join(evidence(), id)).filter((name) => name.includes('clip-1'))).toEqual([]);
    expect(await verifyEvidence(evidence(), null)).toMatchObject({
      ok: true,
      faults: [],
      notes: [expect.stringMatching(/newest/)],
    });
  });

  test('[X4] a clip that takes longer than its claim is fetched once', async () => {
    const id = await openIncident('INC-2026-000001');
    const slow = new PassThrough();
    edge = (path, method) => {
      if (method === 'POST') return json(clip('any', 'ready', [8]));
      return path.endsWith('.mp4') ? { ok: true, status: 200, headers: {}, body: slow } : null;
    };
    start();
    const fetches = () => asked.filter((line) => line.endsWith('.mp4'));
    await until(() => expect(fetches()).toHaveLength(1), 100);
    for (let s = 0; s < 90; s++) {
      clock.advance(1_000);
      // A second hub on the same database takes what nobody claims any more.
      await vi.waitFor(async () => {
        const [claim] = await database.query<{ until: Date }>('select claimed_until as until from kuzet.evidence');
        expect(Number(claim!.until) - clock.now()).toBeGreaterThan(3_000);
      }, 5_000);
    }
    expect(fetches()).toHaveLength(1);
    expect((await list(id)).items[0]).toMatchObject({ state: 'waiting', files: [] });
    slow.end('pictures');
    await until(async () => expect((await list(id)).items[0]!.state).toBe('ready'), 100);
  });

  test('[X4] a clip that the edge agent never ends is given up after a day, and asked for no more than needed', async () => {
    const id = await openIncident('INC-2026-000001');
    edge = () => json(clip('any', 'recording'), 202);
    start();
    await until(async () => expect((await list(id)).items[0]!.state).toBe('recording'));
    clock.advance(60_000);
    const before = asked.length;
    for (let s = 0; s < 60; s++) {
      clock.advance(1_000);
      await database.query('select 1');
    }
    expect(asked.length - before).toBeLessThan(15);
    await until(async () => expect((await list(id)).items[0]).toMatchObject({ state: 'unavailable' }), 3_600_000);
    expect((await list(id)).items[0]!.reason).toMatch(/has not ended it/);
  });

  /** The process dies between the file and the row: all of the transaction is as if it had not been. */
  const dying = (at: RegExp): Database => ({
    ...database,
    transaction: (work) =>
      database.transaction((tx) =>
        work({
          ...tx,
          query: (sql: string, params?: readonly unknown[]) => {
            if (at.test(sql)) throw new Error('killed');
            return tx.query(sql, params);
          },
        } as Transaction),
      ),
  });
  const settled = (id: string) =>
    database.query(
      "update kuzet.evidence set state = 'unavailable', reason = 'x', unsigned = true where incident_id = $1",
      [id],
    );

  test('[X6] killed between a manifest and its row, its number goes to the same incident again', async () => {
    const [early, late] = [await openIncident('INC-2026-000001'), await openIncident('INC-2026-000002')];
    for (const at of [/insert into kuzet.evidence_manifests/, /update kuzet.evidence set unsigned/]) {
      await settled(late);
      await expect(signManifests(signing(dying(at)))).rejects.toThrow('killed');
      await settled(early);
      await signManifests(signing());
      expect(await verifyEvidence(evidence(), null)).toMatchObject({ ok: true, faults: [] });
    }
    expect((await manifestOf(early)).sequence).toBe(4);
  });

  test('[X6] killed while it deletes files whose time is over, the hub deletes them all the same', async () => {
    const id = await openIncident('INC-2026-000001');
    edge = (path, method) =>
      method === 'POST' ? json(clip('any', 'ready', [8])) : path.endsWith('.mp4') ? file('pictures') : null;
    const worker = start();
    await until(async () => expect((await manifestOf(id)).files).not.toEqual([]));
    await worker.stop();
    await database.query("update kuzet.incidents set state = 'closed' where id = $1", [id]);
    clock.advance(1_000);
    await removeOld(database, { keepDays: 0, drillKeepDays: 0 }, clock.now());
    const held = () => verifyEvidence(evidence(), null);
    await expect(signManifests(signing(dying(/insert into kuzet.evidence_manifests/)))).rejects.toThrow('killed');
    expect(await held()).toMatchObject({ ok: true, faults: [] });
    const { folder, ...rest } = signing();
    const remove = () => Promise.reject(new Error('killed'));
    await expect(signManifests({ ...rest, folder: { ...folder, remove } })).rejects.toThrow('killed');
    expect(await held()).toMatchObject({ ok: true, faults: [] });
    await signManifests(signing());
    expect(readdirSync(join(evidence(), id)).filter((name) => name.endsWith('.mp4'))).toEqual([]);
    expect((await manifestOf(id)).removed).not.toBeNull();
    expect(await held()).toMatchObject({ ok: true, faults: [], checkedFiles: 0 });
  });
});
