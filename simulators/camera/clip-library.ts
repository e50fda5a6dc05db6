import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Clip, parseClip } from './h264/clip.ts';

/** media/clips.json, as `npm run clips` writes it. */
export interface ClipManifest {
  clips: { name: string; file: string; snapshot: string; width: number; height: number; fps: number; frames: number }[];
}

/** The rendered clips, each read when first asked for. */
export interface ClipLibrary {
  names(): string[];
  has(name: string): boolean;
  /** @throws Error when there is no clip of this name. */
  clip(name: string): Clip;
  /** A JPEG of the clip. @throws Error when there is no clip of this name. */
  snapshot(name: string): Buffer;
}

export const mediaFolder = join(import.meta.dirname, '../clips/media');

/** @throws Error when the manifest cannot be read. */
export function openClipLibrary(folder: string = mediaFolder): ClipLibrary {
  const manifest = JSON.parse(readFileSync(join(folder, 'clips.json'), 'utf8')) as ClipManifest;
  const clips = new Map<string, Clip>();
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
  return {
    names: () => manifest.clips.map((clip) => clip.name),
    has: (name) => manifest.clips.some((clip) => clip.name === name),
    clip: (name) =>
      cached(clips, name, () => parseClip(name, entry(name).fps, readFileSync(join(folder, entry(name).file)))),
    snapshot: (name) => cached(snapshots, name, () => readFileSync(join(folder, entry(name).snapshot))),
  };
}
