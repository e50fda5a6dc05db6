import { AdoptDevice, type DiscoveredList } from '@kuzet/contracts/provisioning.ts';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { Compile } from 'typebox/compile';
import type { Adoption } from './adoption.ts';
import type { DiscoveredDevices } from './discovered-devices.ts';

export interface ProvisioningRoutesDeps {
  discovered: Pick<DiscoveredDevices, 'list'>;
  adoption: Pick<Adoption, 'adopt'>;
  /** Answers with problem details. */
  refuse(reply: FastifyReply, code: 'conflict' | 'invalid-request', detail: string): FastifyReply;
}

const check = Compile(AdoptDevice);

/** `GET /discovered`: who speaks and is in no site file. `POST /adopt`: makes one of them a device. */
export async function provisioningRoutes(app: FastifyInstance, deps: ProvisioningRoutesDeps): Promise<void> {
  app.get('/discovered', async (): Promise<DiscoveredList> => ({ items: deps.discovered.list() }));

  app.post('/adopt', async (request, reply) => {
    const body = request.body;
    if (!check.Check(body)) {
      const [first] = check.Errors(body);
      const where = first?.instancePath || '/';
      return deps.refuse(reply, 'invalid-request', `The body does not fit at ${where}: ${first?.message ?? 'unknown'}`);
    }
    const result = await deps.adoption.adopt(body);
    if (!result.ok) return deps.refuse(reply, result.code, result.detail);
    return reply.code(result.changed ? 201 : 200).send({ changed: result.changed, device: result.device });
  });
}
