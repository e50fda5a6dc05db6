import type { Target } from './target.ts';

/**
 * An agency's desk is a page of ours: the dispatch reaches it with the live patches, and nothing leaves the hub here.
 * `delivered` waits for the desk's own word that it stands on its screen.
 */
export const deskTarget: Target = {
  channel: 'desk',
  deliver: async () => ({ kind: 'sent' }),
};
