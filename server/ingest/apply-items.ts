import type { CameraStatusItem, Lane, UplinkItem } from '@kuzet/contracts/uplink.ts';
import type { Log } from '@kuzet/lib/log.ts';
import type { Tally } from '@kuzet/lib/tally.ts';
import { together } from '@kuzet/lib/together.ts';
import { isAlarmMetric } from '../domain/alarm-rules.ts';
import { saveCameraStates } from './camera-state.ts';
import { countTimes } from './count-times.ts';
import { type DeviceInHand, greet, type HeardLately, hear, loadDevices, saveDevices } from './device-state.ts';
import { noteLag } from './edge-lag.ts';
import { insertReadings, type ReadingRows, toReadingRows } from './insert-readings.ts';
import { type Heard, judgeReadings } from './judge-readings.ts';
import type {
  Database,
  DeadLetterRow,
  DeadLetters,
  Effects,
  IncidentBook,
  InventoryBook,
  Transaction,
} from './ports.ts';
import { letter, refusedLetter } from './quarantine.ts';
import { readingsByDevice } from './readings-by-device.ts';
import { withoutStored } from './replayed-readings.ts';

interface ApplyDeps {
  database: Pick<Database, 'rows'>;
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

/**
 * Inside the transaction: everything that a stretch of items makes true. Items keep their order; an inventory may only
 * stand first.
 * @param known the devices of the items, as they were before an inventory among these.
 * @param ahead the rows of all readings in the items, for the usual case that every device is known and nothing replayed;
 *   null where these are not all items that it was made of.
 */
export async function applyItems(
  { database, inventory, deadLetters, book, log, newId, heardLately }: ApplyDeps,
  tx: Transaction,
  { edge, lane, at, tally }: Origin,
  items: readonly UplinkItem[],
  known: Map<string, DeviceInHand>,
  ahead: ReadingRows | null,
): Promise<{ effects: Effects; readings: number; deadLetters: number }> {
  const [first] = items;
  const listed = first?.t === 'inventory' ? await inventory.apply(tx, edge, first.inventory, at) : null;
  const devices = listed ? await loadDevices(tx, readingsByDevice(items).keys(), heardLately) : known;

  const letters: DeadLetterRow[] = [];
  const refuse = (item: UplinkItem, what: string) => {
    letters.push(refusedLetter(edge, lane, at, item, `${what}: not in the inventory of any edge`));
    tally.count(`${edge} ${what}`, (times) =>
      log.warn({ edge, times }, `${what}: what it sends is kept as dead letters. Add it to the edge's site file`),
    );
  };
  const { cameraItems, isUsual } = sortOut(edge, items, devices, letters, refuse);

  // In one round trip, readings first: the database stores them while this thread listens to what they say.
  const [rows, heard, knownCameras] = await together([
    ahead && isUsual ? insertReadings(tx, ahead) : storeKnown(database, tx, items, devices),
    listen(tx, items, devices, { nowMs: at.getTime(), newId, heardLately }),
    saveCameraStates(tx, cameraItems, at),
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

/** What is no reading, and what is put aside. Not `isUsual`: some of the readings are not to be stored. */
function sortOut(
  edge: string,
  items: readonly UplinkItem[],
  devices: ReadonlyMap<string, DeviceInHand>,
  letters: DeadLetterRow[],
  refuse: (item: UplinkItem, what: string) => void,
): { cameraItems: CameraStatusItem[]; isUsual: boolean } {
  const cameraItems: CameraStatusItem[] = [];
  let isUsual = true;
  for (const item of items) {
    if (item.t === 'reading' || item.t === 'device-status') {
      const isKnown = devices.has(item.device);
      if (!isKnown) refuse(item, `unknown device ${item.device}`);
      if (!isKnown || (item.t === 'reading' && item.replayed)) isUsual = false;
    } else if (item.t === 'camera-status') cameraItems.push(item);
    else if (item.t === 'dead-letter') {
      const kept = letter(edge, item.topic, new Date(item.at), Buffer.from(item.payloadBase64, 'base64'), item.reason);
      letters.push({ ...kept, payloadBytes: item.payloadBytes });
    }
  }
  return { cameraItems, isUsual };
}

async function storeKnown(
  database: Pick<Database, 'rows'>,
  tx: Transaction,
  items: readonly UplinkItem[],
  devices: ReadonlyMap<string, DeviceInHand>,
): Promise<number> {
  const readings = [...readingsByDevice(items)].flatMap(([id, ofDevice]) => (devices.has(id) ? ofDevice : []));
  return insertReadings(tx, toReadingRows(database, await withoutStored(tx, readings)));
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
