/** How a session is kept alive: best first. Receiver reports go out besides, whichever it is. */
export type KeepAliveMethod = 'GET_PARAMETER' | 'OPTIONS' | 'none';

/** What cameras were seen not to take, by host and port. Bounded: the oldest is forgotten. */
export type KeepAliveMemory = Map<string, KeepAliveMethod>;

export interface KeepAlive {
  /** Sends one. @returns the camera's status; null when there is nothing to send. */
  send(): Promise<number | null>;
  /** The connection is over: a camera that closes it on a keep-alive is not sent that again. */
  connectionEnded(): void;
}

const maxRemembered = 1_000;
/** Method not allowed, not implemented, option not supported. */
const refusals = new Set([405, 501, 551]);
const order: readonly KeepAliveMethod[] = ['GET_PARAMETER', 'OPTIONS', 'none'];

/**
 * GET_PARAMETER where the camera names it, else OPTIONS. A camera that refuses one, or closes the connection on it, gets
 * the next one from then on, in later sessions too.
 * @param request sends one of the session and gives the status.
 */
export function createKeepAlive(
  camera: string,
  methods: string,
  memory: KeepAliveMemory,
  request: (method: string) => Promise<number>,
): KeepAlive {
  let method = memory.get(camera) ?? (methods.includes('GET_PARAMETER') ? 'GET_PARAMETER' : 'OPTIONS');
  let pending = false;

  function giveUp(): void {
    method = order[order.indexOf(method) + 1] ?? 'none';
    memory.delete(camera);
    memory.set(camera, method);
    if (memory.size > maxRemembered) memory.delete(memory.keys().next().value!);
  }

  return {
    async send() {
      if (method === 'none') return null;
      pending = true;
      try {
        const status = await request(method);
        if (refusals.has(status)) giveUp();
        return status;
      } finally {
        pending = false;
      }
    },
    connectionEnded() {
      if (pending) giveUp();
      pending = false;
    },
  };
}
