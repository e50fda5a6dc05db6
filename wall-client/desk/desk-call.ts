import type { Dispatch } from '@kuzet/contracts/dispatch.ts';
import type { Incident } from '@kuzet/contracts/incident.ts';

/** An incident as one desk sees it: with the one dispatch that is its own. */
export interface DeskCall {
  incident: Incident;
  dispatch: Dispatch;
}

export const isWaiting = ({ dispatch }: DeskCall): boolean =>
  dispatch.state === 'queued' || dispatch.state === 'sent' || dispatch.state === 'delivered';

export const isOver = ({ incident, dispatch }: DeskCall): boolean =>
  dispatch.state === 'completed' ||
  dispatch.state === 'rejected' ||
  dispatch.state === 'failed' ||
  incident.state === 'closed';
