import type { Readable } from 'node:stream';
import type { ActionResult } from '@kuzet/contracts/actor.ts';
import { Problem } from '@kuzet/contracts/common.ts';
import { problemCodes } from '@kuzet/contracts/errors.ts';
import { type AdoptAtEdge, Adopted, type DiscoveredDevices, DiscoveredList } from '@kuzet/contracts/provisioning.ts';
import { Compile } from 'typebox/compile';

/** What provisioning needs of the rest of the hub; app.ts passes the real thing. */
export interface ProvisioningDeps {
  edges: {
    all(): Promise<{ id: string; online: boolean }[]>;
    /** Null while the edge is away, or has said no address. */
    httpUrl(edgeId: string): Promise<string | null>;
  };
  /** The edge whose inventory names the device; null when none does. */
  edgeOfDevice(deviceId: string): Promise<string | null>;
  ask(
    edgeHttpUrl: string,
    path: string,
    options?: { method?: 'GET' | 'POST'; json?: unknown },
  ): Promise<{ ok: true; status: number; body: Readable } | { ok: false; detail: string }>;
}

export interface Provisioning {
  /** Asks every edge that is online, all at once; one that gives no list is named, and hides no other. */
  discovered(): Promise<DiscoveredDevices>;
  /** Has the edge adopt a device. The hub itself knows it when the edge's inventory comes. */
  adopt(asked: AdoptAtEdge): Promise<ActionResult<{ adopted: Adopted; created: boolean }>>;
}

const listCheck = Compile(DiscoveredList);
const adoptedCheck = Compile(Adopted);
const problemCheck = Compile(Problem);
const maxAnswerBytes = 16 * 1024 * 1024;
const noAddress = (edgeId: string) => `The edge ${edgeId} is away, or has told no address (http.publicUrl).`;

/** Devices that speak at an edge and that nobody declared: to see, and to make devices of that edge. */
export function createProvisioning({ edges, edgeOfDevice, ask }: ProvisioningDeps): Provisioning {
  async function listOf(edgeId: string): Promise<DiscoveredList | { refused: string }> {
    const url = await edges.httpUrl(edgeId);
    if (url === null) return { refused: noAddress(edgeId) };
    const answer = await ask(url, '/discovered');
    if (!answer.ok) return { refused: answer.detail };
    const body = await readJson(answer.body);
    if (answer.status === 200 && listCheck.Check(body)) return body;
    return { refused: `The edge ${edgeId} answered ${answer.status} without a list: is it as new as the hub?` };
  }

  return {
    async discovered() {
      const online = (await edges.all()).filter((edge) => edge.online);
      const answers = await Promise.all(online.map(async ({ id }) => ({ edgeId: id, answer: await listOf(id) })));
      const items: DiscoveredDevices['items'] = [];
      const unreachable: DiscoveredDevices['unreachable'] = [];
      for (const { edgeId, answer } of answers) {
        if ('refused' in answer) unreachable.push({ edgeId, detail: answer.refused });
        else items.push(...answer.items.map((item) => ({ ...item, edgeId })));
      }
      items.sort((a, b) => (a.lastSeenAt < b.lastSeenAt ? 1 : -1));
      return { items, nextCursor: null, unreachable };
    },
    async adopt({ edgeId, ...device }) {
      if (!(await edges.all()).some(({ id }) => id === edgeId)) {
        return { ok: false, code: 'not-found', detail: `There is no edge ${edgeId}.` };
      }
      const owner = await edgeOfDevice(device.id);
      if (owner !== null && owner !== edgeId) {
        return { ok: false, code: 'conflict', detail: `"${device.id}" is already a device of edge ${owner}.` };
      }
      const url = await edges.httpUrl(edgeId);
      if (url === null) return { ok: false, code: 'upstream-failed', detail: noAddress(edgeId) };
      const answer = await ask(url, '/adopt', { method: 'POST', json: device });
      if (!answer.ok) return { ok: false, code: 'upstream-failed', detail: answer.detail };
      const body = await readJson(answer.body);
      if (answer.status < 300 && adoptedCheck.Check(body)) {
        return { ok: true, value: { adopted: body, created: answer.status === 201 } };
      }
      const isRefusal = answer.status === problemCodes.conflict || answer.status === problemCodes['invalid-request'];
      if (isRefusal && problemCheck.Check(body)) {
        const code = body.code === 'conflict' ? 'conflict' : 'invalid-request';
        return { ok: false, code, detail: body.detail ?? body.title };
      }
      const detail = `The edge ${edgeId} answered ${answer.status}: is it as new as the hub? See its log.`;
      return { ok: false, code: 'upstream-failed', detail };
    },
  };
}

/** Undefined where the answer breaks off, is too long or is not JSON. */
async function readJson(body: Readable): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body) {
      bytes += (chunk as Buffer).length;
      if (bytes > maxAnswerBytes) {
        body.destroy();
        return undefined;
      }
      chunks.push(chunk as Buffer);
    }
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    // What the caller says of it stands in its answer.
    return undefined;
  }
}
