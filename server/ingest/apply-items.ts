import type { CameraStatusItem, Lane, ReadingItem, UplinkItem } from '@kuzet/contracts/uplink.ts';
import type { Log } from '@kuzet/lib/log.ts';
import type { Tally } from '@kuzet/lib/tally.ts';
import { isAlarmMetric } from '../domain/alarm-rules.ts';
import { saveCameraStates } from './camera-state.ts';
import { countTimes } from './count-times.ts';
import { greet, type HeardLately, hear, loadDevices, saveDevices } from './device-state.ts';
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

/**
 * Inside the transaction, between the reading and the moving of the cursor: everything that a stretch of items makes
 * true. Items keep their order; an inventory may only stand first.
 */
export async function applyItems(
  { inventory, deadLetters, book, log, newId, heardLately }: ApplyDeps,
  tx: Transaction,
  { edge, lane, at, tally }: Origin,
  items: readonly UplinkItem[],
): Promise<{ effects: Effects; readings: number; deadLetters: number }> {
  const [first] = items;
  const listed = first?.t === 'inventory' ? await inventory.apply(tx, edge, first.inventory, at) : null;
  const named = new Set<string>();
  for (const item of items) if (item.t === 'reading' || item.t === 'device-status') named.add(item.device);
  const devices = await loadDevices(tx, named, heardLately);

  const readings: ReadingItem[] = [];
  const heard: Heard[] = [];
  const cameraItems: CameraStatusItem[] = [];
  const letters: DeadLetterRow[] = [];
  const refuse = (item: UplinkItem, what: string) => {
    letters.push(refusedLetter(edge, lane, at, item, `${what}: not in the inventory of any edge`));
    tally.count(`${edge} ${what}`, (times) =>
      log.warn({ edge, times }, `${what}: what it sends is kept as dead letters. Add it to the edge's site file`),
    );
  };
  for (const item of items) {
    if (item.t === 'reading') {
      const device = devices.get(item.device);
      if (!device) {
        refuse(item, `unknown device ${item.device}`);
        continue;
      }
      readings.push(item);
      hear(device, item, at.getTime());
      if (item.replayed) continue;
      const muted = device.test || device.state === 'disabled';
      const { observedAt, receivedAt } = item;
      for (const metric in item.values) {
        // Most readings end here.
        if (isAlarmMetric(metric))
          heard.push({ device, metric, value: item.values[metric]!, observedAt, receivedAt, muted });
      }
    } else if (item.t === 'device-status') {
      const device = devices.get(item.device);
      if (device) greet(device, item, at.getTime());
      else refuse(item, `unknown device ${item.device}`);
    } else if (item.t === 'camera-status') cameraItems.push(item);
    else if (item.t === 'dead-letter') {
      const kept = letter(edge, item.topic, new Date(item.at), Buffer.from(item.payloadBase64, 'base64'), item.reason);
      letters.push({ ...kept, payloadBytes: item.payloadBytes });
    }
  }

  await noteLag(tx, edge, at.getTime(), items.at(-1));
  const rows = await insertReadings(tx, await withoutStored(tx, readings));
  const changedDevices = await saveDevices(tx, devices.values(), heardLately);
  await countTimes(tx, devices.values());
  const { events, touchedIncidents } = await judgeReadings(tx, heard, newId);
  const booked = events.length > 0 ? await book.applyAlarms(tx, events) : { incidentIds: [], dispatchQueued: false };
  const knownCameras = await saveCameraStates(tx, cameraItems);
  for (const item of cameraItems) if (!knownCameras.has(item.camera)) refuse(item, `unknown camera ${item.camera}`);
  await deadLetters.add(tx, letters);

  return {
    readings: rows,
    deadLetters: letters.length,
    effects: {
      incidents: new Set([...touchedIncidents, ...booked.incidentIds]),
      devices: new Set([...(listed?.devices ?? []), ...changedDevices]),
      cameras: new Set([...(listed?.cameras ?? []), ...knownCameras]),
      dispatchQueued: booked.dispatchQueued,
      ...(listed ? { inventory: true } : {}),
      ...(letters.length > 0 ? { deadLetters: letters.length } : {}),
    },
  };
}
