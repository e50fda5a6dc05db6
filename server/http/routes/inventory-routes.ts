import { ListQuery, Page } from '@kuzet/contracts/api.ts';
import { Camera } from '@kuzet/contracts/camera.ts';
import { Id } from '@kuzet/contracts/common.ts';
import { Device, DeviceDetail } from '@kuzet/contracts/device.ts';
import { Site, Zone } from '@kuzet/contracts/site-file.ts';
import { may } from '@kuzet/contracts/user.ts';
import { Type } from 'typebox';
import { userOf } from '../access.ts';
import type { HttpApp } from '../http-app.ts';
import type { PageOf, PageQuery } from '../ports.ts';
import { found } from '../problems.ts';

interface Stock<T> {
  list(query: PageQuery): Promise<PageOf<T>>;
  get(id: string): Promise<T | null>;
}
export interface InventoryRoutesDeps {
  devices: Stock<Device> & { detail(id: string): Promise<DeviceDetail | null> };
  cameras: Stock<Camera> & { byIds(ids: readonly string[]): Promise<Camera[]> };
  listSites(): Promise<Site[]>;
  listZones(): Promise<Zone[]>;
  /** Cameras attached to an agency's incidents. */
  camerasOfAgency(agencyId: string): Promise<string[]>;
}

const ById = Type.Object({ id: Id });

/** Devices, cameras, sites and zones. An agency sees the cameras of its own incidents only. */
export function inventoryRoutes(app: HttpApp, deps: InventoryRoutesDeps): void {
  const view = { access: 'view' as const };
  const viewOrDesk = { access: ['view', 'desk'] as const };

  app.get(
    '/api/v1/devices',
    {
      schema: { tags: ['devices'], summary: 'All devices', querystring: ListQuery, response: { 200: Page(Device) } },
      config: view,
    },
    async (request) => deps.devices.list(request.query),
  );
  app.get(
    '/api/v1/devices/:id',
    {
      schema: { tags: ['devices'], summary: 'One device', params: ById, response: { 200: DeviceDetail } },
      config: view,
    },
    async ({ params }) => found(await deps.devices.detail(params.id), `device ${params.id}`),
  );

  app.get(
    '/api/v1/cameras',
    {
      schema: { tags: ['cameras'], summary: 'All cameras', querystring: ListQuery, response: { 200: Page(Camera) } },
      config: viewOrDesk,
    },
    async (request) => {
      const user = userOf(request);
      if (may(user.role, 'view')) return deps.cameras.list(request.query);
      const { limit = 100, cursor = '' } = request.query;
      const ids = (await deps.camerasOfAgency(user.agencyId ?? '')).filter((id) => id > cursor).sort();
      const page = ids.slice(0, limit);
      return {
        items: await deps.cameras.byIds(page),
        nextCursor: ids.length > limit ? (page.at(-1) ?? null) : null,
      };
    },
  );
  app.get(
    '/api/v1/cameras/:id',
    {
      schema: { tags: ['cameras'], summary: 'One camera', params: ById, response: { 200: Camera } },
      config: viewOrDesk,
    },
    async (request) => {
      const { id } = request.params;
      const user = userOf(request);
      const isMine = may(user.role, 'view') || (await deps.camerasOfAgency(user.agencyId ?? '')).includes(id);
      return found(isMine ? await deps.cameras.get(id) : null, `camera ${id}`);
    },
  );

  app.get(
    '/api/v1/sites',
    { schema: { tags: ['sites'], summary: 'All sites', response: { 200: Page(Site) } }, config: view },
    async () => ({ items: await deps.listSites(), nextCursor: null }),
  );
  app.get(
    '/api/v1/zones',
    { schema: { tags: ['sites'], summary: 'All zones', response: { 200: Page(Zone) } }, config: view },
    async () => ({ items: await deps.listZones(), nextCursor: null }),
  );
}
