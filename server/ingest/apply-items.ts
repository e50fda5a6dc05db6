import type { CameraStatusItem, Lane, ReadingItem, UplinkItem } from '@kuzet/contracts/uplink.ts';
import type { Log } from '@kuzet/lib/log.ts';
import type { Tally } from '@kuzet/lib/tally.ts';
import { together } from '@kuzet/lib/together.ts';
import { isAlarmMetric } from '../domain/alarm-rules.ts';
import { saveCameraStates } from './camera-state.ts';
import { countTimes } from './count-times.ts';
import { type DeviceInHand, greet, type HeardLately, hear, loadDevices, saveDevices } from './device-state.ts';
import { noteLag } from './edge-lag.ts';
import { insertReadings } from './insert-readings.ts';
import { type Heard, judgeReadings } from './judge-readings.ts';
import type { DeadLetterRow, DeadLetters, Effects, IncidentBook, InventoryBook, Transaction } from './ports.ts';
import { letter, refusedLetter } from './quarantine.ts';
import { withoutStored } from './replayed-readings.ts';

interface ApplyDeps {
  inventory: InventoryBook;
  deadLetters: DeadLetters;
  book: IncidentBook;
  log: Log;
  newId: () => string;
  heardLately: HeardLately;
}
interface Origin {
  edge: string;
  lane: Lane;
  at: Date;
  tally: Tally;
}

/** The devices that items speak of. */
export function devicesOf(items: readonly UplinkItem[]): Set<string> {
  const named = new Set<string>();
  for (const item of items) if (item.t === 'reading' || item.t === 'device-status') named.add(item.device);
  return named;
}

/**
 * Inside the transaction: everything that a stretch of items makes true. Items keep their order; an inventory may only
 * stand first.
 * @param known the devices of the items, as they were before an inventory among these.
 */
export async function applyItems(
  { inventory, deadLetters, book, log, newId, heardLately }: ApplyDeps,
  tx: Transaction,
  { edge, lane, at, tally }: Origin,
  items: readonly UplinkItem[],
  known: Map<string, DeviceInHand>,
): Promise<{ effects: Effects; readings: number; deadLetters: number }> {
  const [first] = items;
  const listed = first?.t === 'inventory' ? await inventory.apply(tx, edge, first.inventory, at) : null;
  const devices = listed ? await loadDevices(tx, devicesOf(items), heardLately) : known;

  const letters: DeadLetterRow[] = [];
  const refuse = (item: UplinkItem, what: string) => {
    letters.push(refusedLetter(edge, lane, at, item, `${what}: not in the inventory of any edge`));
    tally.count(`${edge} ${what}`, (times) =>
      log.warn({ edge, times }, `${what}: what it sends is kept as dead letters. Add it to the edge's site file`),
    );
  };
  const { readings, cameraItems } = sortOut(edge, items, devices, letters, refuse);

  // In one round trip, readings first: the database stores them while this thread listens to what they say.
  const [rows, heard, knownCameras] = await together([
    storeReadings(tx, readings),
    listen(tx, items, devices, { nowMs: at.getTime(), newId, heardLately }),
    saveCameraStates(tx, cameraItems),
    noteLag(tx, edge, at.getTime(), items.at(-1)),
  ]);
  const { events } = heard;
  const booked = events.length > 0 ? await book.applyAlarms(tx, events) : { incidentIds: [], dispatchQueued: false };
  for (const item of cameraItems) if (!knownCameras.has(item.camera)) refuse(item, `unknown camera ${item.camera}`);
  await deadLetters.add(tx, letters);

  return {
    readings: rows,
    deadLetters: letters.length,
    effects: {
      incidents: new Set([...heard.touchedIncidents, ...booked.incidentIds]),
      devices: new Set([...(listed?.devices ?? []), ...heard.changedDevices]),
      cameras: new Set([...(listed?.cameras ?? []), ...knownCameras]),
      dispatchQueued: booked.dispatchQueued,
      ...(listed ? { inventory: true } : {}),
      ...(letters.length > 0 ? { deadLetters: letters.length } : {}),
    },
  };
}

/**
 * What is to be stored, and what is put aside. Readings device by device, in the order of the table's index: the
 * database stores a full batch in three quarters of the time (measured).
 */
function sortOut(
  edge: string,
  items: readonly UplinkItem[],
  devices: ReadonlyMap<string, DeviceInHand>,
  letters: DeadLetterRow[],
  refuse: (item: UplinkItem, what: string) => void,
): { readings: ReadingItem[]; cameraItems: CameraStatusItem[] } {
  const byDevice = new Map<string, ReadingItem[]>();
  for (const id of devices.keys()) byDevice.set(id, []);
  const cameraItems: CameraStatusItem[] = [];
  for (const item of items) {
    if (item.t === 'reading' || item.t === 'device-status') {
      const ofDevice = byDevice.get(item.device);
      if (!ofDevice) refuse(item, `unknown device ${item.device}`);
      else if (item.t === 'reading') ofDevice.push(item);
    } else if (item.t === 'camera-status') cameraItems.push(item);
    else if (item.t === 'dead-letter') {
      const kept = letter(edge, item.topic, new Date(item.at), Buffer.from(item.payloadBase64, 'base64'), item.reason);
      letters.push({ ...kept, payloadBytes: item.payloadBytes });
    }
  }
  return { readings: [...byDevice.values()].flat(), cameraItems };
}

async function storeReadings(tx: Transaction, readings: readonly ReadingItem[]): Promise<number> {
  const isReplay = readings.some((reading) => reading.replayed);
  return insertReadings(tx, isReplay ? await withoutStored(tx, readings) : readings);
}

/** What the items say of their devices, and what the alarm rules make of it, in the order of arrival. */
async function listen(
  tx: Transaction,
  items: readonly UplinkItem[],
  devices: ReadonlyMap<string, DeviceInHand>,
  { nowMs, newId, heardLately }: { nowMs: number; newId: () => string; heardLately: HeardLately },
) {
  const heard: Heard[] = [];
  for (const item of items) {
    if (item.t !== 'reading' && item.t !== 'device-status') continue;
    const device = devices.get(item.device);
    if (!device) continue;
    if (item.t === 'device-status') {
      greet(device, item, nowMs);
      continue;
    }
    hear(device, item, nowMs);
    if (item.replayed) continue;
    const muted = device.test || device.state === 'disabled';
    const { observedAt, receivedAt } = item;
    for (const metric in item.values) {
      // Most readings end here.
      if (isAlarmMetric(metric))
        heard.push({ device, metric, value: item.values[metric]!, observedAt, receivedAt, muted });
    }
  }
  const [changedDevices, judged] = await together([
    saveDevices(tx, devices.values(), heardLately),
    judgeReadings(tx, heard, newId),
    countTimes(tx, devices.values()),
  ]);
  return { changedDevices, ...judged };
}
