import { splitAnnexB } from './annex-b.ts';

/** Parameter sets of an SDP's sprop-… value: base64, comma between them; start codes that do not belong there are taken out. */
export function parameterSetsOf(sprop: string | undefined): Buffer[] {
  const sets = sprop?.split(',').map((set) => Buffer.from(set, 'base64')) ?? [];
  return sets.flatMap(splitAnnexB).filter((set) => set.length > 1);
}
