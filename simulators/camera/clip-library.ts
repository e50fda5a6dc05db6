import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Clip, parseClip } from './h264/clip.ts';
import { type PlainClip, parsePlainClip } from './plain-clip.ts';

/** media/clips.json, as `npm run clips` writes it. */
export interface ClipManifest {
  clips: { name: string; file: string; snapshot: string; width: number; height: number; fps: number; frames: number }[];
}

/** media/variants.json, as clips/derive.ts writes it. */
export interface VariantManifest {
  variants: {
    name: VariantName;
    file: string;
    /** `h264-stamped` has the stamp's row like the clips; the others are sent as they are. */
    codec: 'h264-stamped' | 'h264' | 'h265';
    width: number;
    height: number;
    fps: number;
    /** Place in the order of display, for each picture in decoding order. Without it the two are the same. */
    order?: number[];
  }[];
}
/** The plaza as a camera in trouble would send it. */
export type VariantName = 'plaza-long-gop' | 'plaza-b-frames' | 'plaza-h265';

/** `plaza.h264` has its small stream in `plaza.sub.h264`. */
export const subFileOf = (file: string): string => file.replace(/\.h264$/, '.sub.h264');

/** The rendered clips, each read when first asked for. */
export interface ClipLibrary {
  names(): string[];
  has(name: string): boolean;
  /** @throws Error when there is no clip of this name. */
  clip(name: string): Clip;
  /** The small stream of a clip, 320x180. @throws Error when there is no clip of this name, or it was not derived. */
  sub(name: string): Clip;
  /** @throws Error when it was not derived. */
  variant(name: VariantName): Clip | PlainClip;
  /** A JPEG of the clip. @throws Error when there is no clip of this name. */
  snapshot(name: string): Buffer;
}

export const mediaFolder = join(import.meta.dirname, '../clips/media');

/** @throws Error when the manifest cannot be read. */
export function openClipLibrary(folder: string = mediaFolder): ClipLibrary {
  const manifest = JSON.parse(readFileSync(join(folder, 'clips.json'), 'utf8')) as ClipManifest;
  const clips = new Map<string, Clip>();
  const subs = new Map<string, Clip>();
  const plain = new Map<string, Clip | PlainClip>();
  const snapshots = new Map<string, Buffer>();
  const entry = (name: string) => {
    const found = manifest.clips.find((clip) => clip.name === name);
    if (!found) throw new Error(`no clip "${name}"; there are ${manifest.clips.map((clip) => clip.name).join(', ')}`);
    return found;
  };
  const cached = <T>(cache: Map<string, T>, name: string, load: () => T): T => {
    const known = cache.get(name);
    if (known !== undefined) return known;
    const loaded = load();
    cache.set(name, loaded);
    return loaded;
  };
  const derived = (file: string): Buffer => {
    try {
      return readFileSync(join(folder, file));
    } catch (cause) {
      throw new Error(`no ${file} beside the clips; node --import tsx simulators/clips/derive.ts makes it`, { cause });
    }
  };
  return {
    names: () => manifest.clips.map((clip) => clip.name),
    has: (name) => manifest.clips.some((clip) => clip.name === name),
    clip: (name) =>
      cached(clips, name, () => parseClip(name, entry(name).fps, readFileSync(join(folder, entry(name).file)))),
    sub: (name) => cached(subs, name, () => parseClip(name, entry(name).fps, derived(subFileOf(entry(name).file)))),
    variant: (name) =>
      cached(plain, name, () => {
        const { variants } = JSON.parse(derived('variants.json').toString('utf8')) as VariantManifest;
        const found = variants.find((variant) => variant.name === name);
        if (!found) throw new Error(`no variant "${name}"; node --import tsx simulators/clips/derive.ts makes them`);
        const stream = derived(found.file);
        return found.codec === 'h264-stamped'
          ? parseClip(name, found.fps, stream)
          : parsePlainClip({ ...found, codec: found.codec }, stream);
      }),
    snapshot: (name) => cached(snapshots, name, () => readFileSync(join(folder, entry(name).snapshot))),
  };
}
