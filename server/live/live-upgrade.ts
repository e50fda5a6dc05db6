import type { WebSocket } from 'ws';
import type { Live } from './live.ts';
import type { LiveSession } from './live-connection.ts';

/** The screens' WebSocket, /ws. */
export const createLiveUpgrade = (live: Live) => ({
  path: /^\/ws$/,
  maxMessageBytes: 4_096,
  open(ws: WebSocket, session: LiveSession): void {
    const connection = live.connect(
      {
        send: (text) => ws.send(text),
        get bufferedAmount() {
          return ws.bufferedAmount;
        },
        close: (code, reason) => ws.close(code, reason),
        terminate: () => ws.terminate(),
      },
      session,
    );
    ws.on('message', (data, isBinary) => {
      if (isBinary) connection.close(1003, 'text only');
      else connection.receive(data.toString());
    });
    ws.on('close', () => connection.gone());
  },
});
