import type { HttpApp } from '../http-app.ts';

/** /ws as plain HTTP; WebSocket upgrades never reach the routes. */
export function liveRoutes(app: HttpApp): void {
  app.get(
    '/ws',
    {
      schema: { tags: ['live'], summary: 'WebSocket: a snapshot, then patches (contracts/live.ts)' },
      config: { access: ['view', 'desk'] },
    },
    (_request, reply) => reply.code(426).header('upgrade', 'websocket').type('text/plain').send('Use a WebSocket.'),
  );
}
