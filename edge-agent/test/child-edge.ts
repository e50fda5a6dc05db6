// The edge agent's spool and uplink as a process of its own, for tests that kill it. Writes readings as fast as the
// disk takes them, and notes each number once it is durable: what was noted must reach the hub.
import { randomBytes } from 'node:crypto';
import { openSync, writeSync } from 'node:fs';
import { systemClock } from '@kuzet/lib/clock.ts';
import { silentLog } from '@kuzet/lib/log.ts';
import { openSpool } from '../spool/spool.ts';
import { createUplink } from '../uplink/uplink.ts';
import { uplinkSettings } from './uplink-settings.ts';

const [folder, url, notes, firstText, countText] = process.argv.slice(2) as [string, string, string, string, string];
const notebook = openSync(notes, 'a');
const first = Number(firstText);
const last = first + Number(countText) - 1;

const spool = await openSpool({
  folder,
  settings: { maxBytes: 2 ** 30, segmentBytes: 65_536 },
  clock: systemClock,
  log: silentLog,
  newEpoch: () => randomBytes(8).toString('hex'),
});
createUplink(uplinkSettings(url), {
  edge: 'edge-1',
  version: '0.0.0',
  httpUrl: null,
  spool,
  clock: systemClock,
  log: silentLog,
});

let n = first;
function writeMore(): void {
  const until = Math.min(n + 20, last + 1);
  for (; n < until; n++) {
    const own = n;
    const at = new Date().toISOString();
    const lane = own % 10 === 0 ? 'alarm' : 'telemetry';
    spool.append(
      lane,
      [{ t: 'reading', device: 'air-1', observedAt: at, receivedAt: at, values: { n: own } }],
      (err) => {
        if (err) throw err;
        writeSync(notebook, `${own}\n`);
      },
    );
  }
  if (n <= last) setTimeout(writeMore, 2);
}
writeMore();
