import { Id } from '@kuzet/contracts/common.ts';
import type { SiteCamera, SiteFile } from '@kuzet/contracts/site-file.ts';
import { Value } from 'typebox/value';
import type { FoundCamera } from './discovery.ts';

/**
 * What a probe found, for an engineer's terminal: each camera in a line, then an entry for the site file for each whose
 * address is not in it. Nothing that a camera says of itself can steer the terminal or break out of its YAML value.
 * `site` is null where there is no site file yet.
 */
export function discoveryReport(
  found: readonly FoundCamera[],
  { site, siteFile }: { site: SiteFile | null; siteFile: string },
): string {
  if (found.length === 0) {
    return [
      'No camera answered. Cameras are found on the network of this machine only, with ONVIF and its discovery switched on.',
      'On a machine with several networks name its own address there: --interface ADDRESS. Cameras elsewhere: --host ADDRESS.\n',
    ].join('\n');
  }
  const cameras = [...found].sort((a, b) => (a.xaddr < b.xaddr ? -1 : 1));
  const known = (camera: FoundCamera) => site?.cameras.find((entry) => isSame(entry, camera.xaddr));
  const lines = cameras.map((camera) => {
    const entry = known(camera);
    const words = [camera.name || '(no name)', camera.urn, camera.hardware, camera.xaddr].filter(Boolean).map(plain);
    return `${words.join('  ')}${entry ? `  in the site file as ${entry.id}` : ''}\n`;
  });
  const count = `${cameras.length} ${cameras.length === 1 ? 'camera' : 'cameras'} answered.\n`;
  const fresh = cameras.filter((camera) => !known(camera));
  if (fresh.length === 0) return `${count}\n${lines.join('')}\nAll of them are in ${siteFile}.\n`;
  const taken = new Set(site?.cameras.map(({ id }) => id));
  const entries = fresh.map((camera) => entryOf(camera, site, taken));
  const next = `To take in, put under \`cameras:\` in ${siteFile}; mend what is marked:\n`;
  return `${count}\n${lines.join('')}\n${next}\n${entries.join('')}`;
}

/** The same ONVIF address, or a camera that was written by its stream and stands at the same host. */
function isSame(entry: SiteCamera, xaddr: string): boolean {
  if (entry.onvif) return urlOf(entry.onvif.address)?.href === urlOf(xaddr)?.href;
  return entry.rtsp !== undefined && urlOf(entry.rtsp.address)?.hostname === urlOf(xaddr)?.hostname;
}

const urlOf = (text: string): URL | null => (URL.canParse(text) ? new URL(text) : null);

function entryOf({ name, xaddr, hardware }: FoundCamera, site: SiteFile | null, taken: Set<string>): string {
  const place = site?.sites[0];
  const { lon, lat } = place?.position ?? { lon: 71.43, lat: 51.128 };
  const id = freeId(name, xaddr, taken);
  const shown = quoted(name || id);
  return [
    `  # ${plain(hardware) || 'a camera'}`,
    `  - id: ${quoted(id)}`,
    `    siteId: ${quoted(place?.id ?? 'my-site')} # where it hangs`,
    `    name: { kk: ${shown}, ru: ${shown}, en: ${shown} } # in three languages`,
    `    position: { lon: ${lon}, lat: ${lat} } # where it hangs`,
    '    bearingDeg: 0 # where it looks: degrees clockwise from north',
    `    onvif: { address: ${quoted(xaddr)} }`,
    '    username: admin # its ONVIF user',
    '    password: $' + '{CAMERA_PASSWORD} # from the environment of the edge agent',
    '',
  ].join('\n');
}

/** Its name where that is an id that nobody has, else one made of its host. */
function freeId(name: string, xaddr: string, taken: Set<string>): string {
  const host = (urlOf(xaddr)?.hostname ?? '').replace(/[^A-Za-z0-9]+/g, '-').replace(/^-+|-+$/g, '');
  const base = `camera-${host}`.slice(0, 56);
  let id = name;
  for (let number = 1; !Value.Check(Id, id) || taken.has(id); number++) id = number === 1 ? base : `${base}-${number}`;
  taken.add(id);
  return id;
}

/** Without control characters and marks of direction, in one line. */
const plain = (text: string): string => text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '');

/** A double-quoted YAML scalar; `$` is kept from being filled from the environment. */
const quoted = (text: string): string => JSON.stringify(plain(text).replaceAll('$' + '{', '$ {'));
