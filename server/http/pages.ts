import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';

const pages: Record<string, string> = {
  '/': 'index.html',
  '/wall/:wallId/:screen': 'wall.html',
  '/console': 'console.html',
  '/desk': 'desk.html',
  '/city': 'city.html',
  '/lab': 'lab.html',
};
const open = { access: 'open' as const };
const yearS = 31_536_000;

const notBuilt = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Kuzet</title>
<body style="font:18px/1.5 system-ui;max-width:36em;margin:15vh auto;padding:0 1em">
<h1>Kuzet</h1>
<p lang="kk">Беттер жинақталмаған. <code>npm run build</code> орындап, хабты қайта іске қосыңыз.</p>
<p lang="ru">Страницы не собраны. Выполните <code>npm run build</code> и запустите хаб снова.</p>
<p lang="en">The pages are not built. Run <code>npm run build</code> and start the hub again.</p>
</body></html>`;

/** The built pages. Hashed files under /assets never change; the pages themselves are asked for anew each time. */
export async function registerPages(app: FastifyInstance, folder: string): Promise<void> {
  const hide = { schema: { hide: true }, config: open };
  if (!existsSync(join(folder, 'index.html'))) {
    for (const path of Object.keys(pages))
      app.get(path, hide, (_request, reply) => reply.code(503).type('text/html; charset=utf-8').send(notBuilt));
    return;
  }
  await app.register(fastifyStatic, { root: folder, serve: false, cacheControl: false });
  const send = (reply: FastifyReply, file: string, cacheControl: string) =>
    reply.header('cache-control', cacheControl).sendFile(file);

  for (const [path, file] of Object.entries(pages)) {
    if (existsSync(join(folder, file))) app.get(path, hide, (_request, reply) => send(reply, file, 'no-cache'));
  }
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const caching = entry.name === 'assets' ? `public, max-age=${yearS}, immutable` : 'public, max-age=3600';
    if (entry.isDirectory())
      app.get<{ Params: { '*': string } }>(`/${entry.name}/*`, hide, (request, reply) =>
        send(reply, `${entry.name}/${request.params['*']}`, caching),
      );
    else if (!entry.name.endsWith('.html'))
      app.get(`/${entry.name}`, hide, (_request, reply) => send(reply, entry.name, caching));
  }
}
