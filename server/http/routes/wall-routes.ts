import type { ActionResult } from '@kuzet/contracts/actor.ts';
import { Page } from '@kuzet/contracts/api.ts';
import { Id } from '@kuzet/contracts/common.ts';
import { Scene, Wall, WallShow } from '@kuzet/contracts/wall.ts';
import { type Static, Type } from 'typebox';
import type { HttpApp } from '../http-app.ts';
import { found, unwrap } from '../problems.ts';

const strict = { additionalProperties: false };
export const WallBody = Type.Object(
  {
    name: Type.Optional(Wall.properties.name),
    languages: Type.Optional(Wall.properties.languages),
    screens: Wall.properties.screens,
  },
  strict,
);
export const SceneBody = Type.Object({ name: Scene.properties.name, screens: Scene.properties.screens }, strict);

export interface WallRoutesDeps {
  list(): Promise<Wall[]>;
  get(id: string): Promise<Wall | null>;
  put(id: string, body: Static<typeof WallBody>): Promise<ActionResult<Wall>>;
  show(id: string, show: WallShow): Promise<ActionResult<Wall>>;
  scenes(wallId?: string): Promise<Scene[]>;
  putScene(wallId: string, id: string, body: Static<typeof SceneBody>): Promise<ActionResult<Scene>>;
  deleteScene(wallId: string, id: string): Promise<boolean>;
  recallScene(wallId: string, id: string): Promise<ActionResult<Wall>>;
}

const tags = ['walls'];
const ById = Type.Object({ id: Id });
const ByScene = Type.Object({ id: Id, sceneId: Id });

/** Walls, what is put on them by hand, and arrangements that can be called back. */
export function wallRoutes(app: HttpApp, walls: WallRoutesDeps): void {
  const view = { access: 'view' as const };
  const arrange = (action: string) => ({ access: 'arrange-wall' as const, action });

  app.get(
    '/api/v1/walls',
    { schema: { tags, summary: 'All walls', response: { 200: Page(Wall) } }, config: view },
    async () => ({ items: await walls.list(), nextCursor: null }),
  );
  app.get(
    '/api/v1/walls/:id',
    { schema: { tags, summary: 'One wall', params: ById, response: { 200: Wall } }, config: view },
    async ({ params }) => found(await walls.get(params.id), `wall ${params.id}`),
  );
  app.put(
    '/api/v1/walls/:id',
    {
      schema: {
        tags,
        summary: 'Arrange a wall; a new one needs a name',
        params: ById,
        body: WallBody,
        response: { 200: Wall },
      },
      config: arrange('wall.arrange'),
    },
    async ({ params, body }) => unwrap(await walls.put(params.id, body)),
  );
  app.post(
    '/api/v1/walls/:id/show',
    {
      schema: {
        tags,
        summary: 'Put an incident or a camera on the wall; null takes it back',
        params: ById,
        body: WallShow,
        response: { 200: Wall },
      },
      config: arrange('wall.show'),
    },
    async ({ params, body }) => unwrap(await walls.show(params.id, body)),
  );

  app.get(
    '/api/v1/scenes',
    { schema: { tags, summary: 'Scenes of all walls', response: { 200: Page(Scene) } }, config: view },
    async () => ({ items: await walls.scenes(), nextCursor: null }),
  );
  app.get(
    '/api/v1/walls/:id/scenes',
    { schema: { tags, summary: 'Scenes of a wall', params: ById, response: { 200: Page(Scene) } }, config: view },
    async ({ params }) => {
      found(await walls.get(params.id), `wall ${params.id}`);
      return { items: await walls.scenes(params.id), nextCursor: null };
    },
  );
  app.put(
    '/api/v1/walls/:id/scenes/:sceneId',
    {
      schema: { tags, summary: 'Keep an arrangement', params: ByScene, body: SceneBody, response: { 200: Scene } },
      config: arrange('scene.keep'),
    },
    async ({ params, body }) => unwrap(await walls.putScene(params.id, params.sceneId, body)),
  );
  app.delete(
    '/api/v1/walls/:id/scenes/:sceneId',
    {
      schema: { tags, summary: 'Forget an arrangement', params: ByScene, response: { 204: Type.Null() } },
      config: arrange('scene.forget'),
    },
    async ({ params }, reply) => {
      found((await walls.deleteScene(params.id, params.sceneId)) || null, `scene ${params.sceneId}`);
      return reply.code(204).send(null);
    },
  );
  app.post(
    '/api/v1/walls/:id/scenes/:sceneId/recall',
    {
      schema: { tags, summary: 'Arrange the wall as the scene has it', params: ByScene, response: { 200: Wall } },
      config: arrange('scene.recall'),
    },
    async ({ params }) => unwrap(await walls.recallScene(params.id, params.sceneId)),
  );
}
