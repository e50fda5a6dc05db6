import type { Scene } from '../scene.ts';
import { mallAtriumScenes } from './mall-atrium.ts';
import { mallEntranceScenes } from './mall-entrance.ts';
import { squareScenes } from './square.ts';
import { streetScenes } from './street.ts';

/** Every clip there is. */
export const scenes: readonly Scene[] = [...streetScenes, ...squareScenes, ...mallAtriumScenes, ...mallEntranceScenes];
