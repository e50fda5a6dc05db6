import { closeCodes, type LiveSnapshot, type ServerMessage } from '@kuzet/contracts/live.ts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLiveClient, type LiveClient } from './live-client.ts';

/** The browser's end of a line whose other end is the test. */
class FakeSocket {
  static readonly OPEN = 1;
  static all: FakeSocket[] = [];
  readyState = 0;
  sent: string[] = [];
  onopen: () => void = () => undefined;
  onmessage: (event: { data: string }) => void = () => undefined;
  onclose: (event: { code: number }) => void = () => undefined;
  constructor() {
    FakeSocket.all.push(this);
  }
  send(text: string): void {
    this.sent.push(text);
  }
  close(): void {
    this.readyState = 2;
  }
  open(): void {
    this.readyState = FakeSocket.OPEN;
    this.onopen();
  }
  say(message: ServerMessage): void {
    this.onmessage({ data: JSON.stringify(message) });
  }
}

const user = { id: 'u1', username: 'officer', displayName: 'Officer', role: 'duty-officer', agencyId: null } as const;
const edge = (id: string, online = true) => ({ id, online, lastSeenAt: null, version: null });
const nothing: LiveSnapshot = {
  incident: [],
  device: [],
  camera: [],
  site: [],
  zone: [],
  agency: [],
  wall: [],
  edge: [],
  system: [],
};
const snapshot = (rev: number, edges: LiveSnapshot['edge']): ServerMessage => ({
  t: 'snapshot',
  protocol: 1,
  rev,
  now: Date.now(),
  user,
  data: { ...nothing, edge: edges },
});
const patch = (rev: number, id: string, value: LiveSnapshot['edge'][number] | null): ServerMessage => ({
  t: 'patch',
  rev,
  now: Date.now(),
  changes: [{ kind: 'edge', id, value }],
});
const tick = (rev: number): ServerMessage => ({ t: 'tick', rev, now: Date.now() });

let client: LiveClient;
const newest = () => FakeSocket.all.at(-1) as FakeSocket;
const known = () => [...client.tables.edge.value.keys()];

beforeEach(() => {
  vi.useFakeTimers();
  FakeSocket.all = [];
  vi.stubGlobal('WebSocket', FakeSocket);
  client = createLiveClient('test', new URL('http://hub/ws'));
  newest().open();
  newest().say(snapshot(0, [edge('edge-1')]));
});
afterEach(() => {
  client.close();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe('the line to the hub', () => {
  it('[W1] takes the snapshot and the patches that follow it', () => {
    expect(client.link.value).toBe('live');
    newest().say(patch(1, 'edge-2', edge('edge-2')));
    newest().say(patch(2, 'edge-1', null));
    newest().say(tick(2));
    expect(known()).toEqual(['edge-2']);
    expect(FakeSocket.all).toHaveLength(1);
  });

  it.each([
    ['a patch that does not follow', patch(2, 'edge-9', edge('edge-9'))],
    ['a patch that was there before', patch(0, 'edge-9', edge('edge-9'))],
    ['a tick that names a later patch', tick(1)],
  ])('[W1] %s is not taken: the connection is made anew, with a whole snapshot', async (_name, message) => {
    const first = newest();
    first.say(message);
    expect(known()).toEqual(['edge-1']);
    expect(client.link.value).toBe('lost');
    await vi.advanceTimersByTimeAsync(400);
    expect(FakeSocket.all).toHaveLength(2);
    newest().open();
    newest().say(snapshot(5, [edge('edge-3')]));
    expect(known()).toEqual(['edge-3']);
    expect(client.link.value).toBe('live');
    first.say(patch(1, 'edge-8', edge('edge-8')));
    expect(known()).toEqual(['edge-3']);
  });

  it('is lost after 3 s of silence, keeps its last values, and is taken anew after 8 s', async () => {
    await vi.advanceTimersByTimeAsync(2_500);
    expect(client.link.value).toBe('live');
    await vi.advanceTimersByTimeAsync(2_000);
    expect(client.link.value).toBe('lost');
    expect(known()).toEqual(['edge-1']);
    newest().say(tick(0));
    expect(client.link.value).toBe('live');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(FakeSocket.all).toHaveLength(2);
  });

  it('[W6] does not knock again where it is not let in', async () => {
    newest().onclose({ code: closeCodes.signInNeeded });
    await vi.advanceTimersByTimeAsync(30_000);
    expect(client.link.value).toBe('signed-out');
    expect(FakeSocket.all).toHaveLength(1);
  });
});
