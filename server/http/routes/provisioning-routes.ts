import type { ActionResult } from '@kuzet/contracts/actor.ts';
import { AdoptAtEdge, Adopted, DiscoveredDevices } from '@kuzet/contracts/provisioning.ts';
import type { HttpApp } from '../http-app.ts';
import { unwrap } from '../problems.ts';

export interface ProvisioningRoutesDeps {
  discovered(): Promise<DiscoveredDevices>;
  adopt(asked: AdoptAtEdge): Promise<ActionResult<{ adopted: Adopted; created: boolean }>>;
}

/** Devices that speak at an edge and that nobody declared. */
export function provisioningRoutes(app: HttpApp, provisioning: ProvisioningRoutesDeps): void {
  const tags = ['devices'];
  app.get(
    '/api/v1/discovered-devices',
    {
      schema: {
        tags,
        summary:
          'Devices that speak and that nobody declared, of every edge that is online; unreachable edges are named',
        response: { 200: DiscoveredDevices },
      },
      config: { access: 'engineer' },
    },
    async () => provisioning.discovered(),
  );
  app.post(
    '/api/v1/discovered-devices/adopt',
    {
      schema: {
        tags,
        summary: 'Make one a device of its edge; 201 when it became one, 200 when it was this very one before',
        body: AdoptAtEdge,
        response: { 200: Adopted, 201: Adopted },
      },
      config: { access: 'engineer', action: 'device.adopt' },
    },
    async ({ body }, reply) => {
      const { adopted, created } = unwrap(await provisioning.adopt(body));
      return reply.code(created ? 201 : 200).send(adopted);
    },
  );
}
