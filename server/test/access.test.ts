import { type Role, roles } from '@kuzet/contracts/user.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminPassword, agencyToken, startTestHub, type TestHub } from './test-hub.ts';

const officers: Role[] = ['admin', 'supervisor', 'duty-officer'];
const viewers: Role[] = [...officers, 'engineer', 'screen'];
const arrangers: Role[] = [...officers, 'engineer'];
const auditors: Role[] = ['admin', 'supervisor'];
const engineers: Role[] = ['admin', 'engineer'];
const desks: Role[] = ['dispatcher', 'agency'];
const admin: Role[] = ['admin'];

/**
 * Who may call what, written down a second time and without `permissions`: a route or a permission that lets in more or
 * fewer than before has to be changed here too.
 */
const mayCall: Record<string, readonly Role[]> = {
  'GET /readyz': roles,
  'POST /api/v1/session': roles,
  'GET /api/v1/session': roles,
  'DELETE /api/v1/session': roles,
  'GET /ws': [...viewers, ...desks],
  'GET /api/v1/devices': viewers,
  'GET /api/v1/devices/{id}': viewers,
  'GET /api/v1/cameras': [...viewers, ...desks],
  'GET /api/v1/cameras/{id}': [...viewers, ...desks],
  'GET /api/v1/cameras/{id}/live/{file}': [...viewers, ...desks],
  'GET /api/v1/cameras/{id}/snapshot.jpg': [...viewers, ...desks],
  'POST /api/v1/cameras/{id}/ptz': officers,
  'GET /api/v1/cameras/{id}/presets': officers,
  'GET /api/v1/discovered-devices': engineers,
  'POST /api/v1/discovered-devices/adopt': engineers,
  'GET /api/v1/sites': viewers,
  'GET /api/v1/zones': viewers,
  'GET /api/v1/readings': viewers,
  'GET /api/v1/incidents': [...viewers, ...desks],
  'GET /api/v1/incidents/{id}': [...viewers, ...desks],
  'GET /api/v1/incidents/{id}/evidence': [...viewers, ...desks],
  'GET /api/v1/incidents/{id}/evidence/{file}': [...viewers, ...desks],
  'GET /api/v1/evidence-key': roles,
  'POST /api/v1/incidents': officers,
  'POST /api/v1/incidents/{id}/acknowledge': officers,
  'POST /api/v1/incidents/{id}/assign': officers,
  'POST /api/v1/incidents/{id}/dispatch': officers,
  'POST /api/v1/incidents/{id}/resolve': officers,
  'POST /api/v1/incidents/{id}/close': officers,
  'POST /api/v1/incidents/{id}/note': officers,
  'POST /api/v1/incidents/{id}/merge': officers,
  'POST /api/v1/incidents/{id}/split': officers,
  'POST /api/v1/incidents/{id}/priority': officers,
  'POST /api/v1/incidents/{id}/steps/{stepId}': officers,
  'PUT /api/v1/incidents/{id}/steps/{stepId}': officers,
  'GET /api/v1/dispatches': [...viewers, ...desks],
  'GET /api/v1/dispatches/{id}': [...viewers, ...desks],
  'POST /api/v1/dispatches/{id}/accept': desks,
  'POST /api/v1/dispatches/{id}/reject': desks,
  'POST /api/v1/dispatches/{id}/update': desks,
  'POST /api/v1/dispatches/{id}/complete': desks,
  'POST /api/v1/dispatches/{id}/redeliver': officers,
  'GET /api/v1/agencies': [...viewers, ...desks],
  'GET /api/v1/agencies/{id}': viewers,
  'POST /api/v1/agencies': admin,
  'PATCH /api/v1/agencies/{id}': admin,
  'POST /api/v1/agencies/{id}/token': admin,
  'DELETE /api/v1/agencies/{id}/token': admin,
  'GET /api/v1/walls': viewers,
  'GET /api/v1/walls/{id}': viewers,
  'PUT /api/v1/walls/{id}': arrangers,
  'POST /api/v1/walls/{id}/show': arrangers,
  'GET /api/v1/scenes': viewers,
  'GET /api/v1/walls/{id}/scenes': viewers,
  'PUT /api/v1/walls/{id}/scenes/{sceneId}': arrangers,
  'DELETE /api/v1/walls/{id}/scenes/{sceneId}': arrangers,
  'POST /api/v1/walls/{id}/scenes/{sceneId}/recall': arrangers,
  'GET /api/v1/users': admin,
  'POST /api/v1/users': admin,
  'PATCH /api/v1/users/{id}': admin,
  'GET /api/v1/audit': auditors,
  'GET /api/v1/statistics': viewers,
  'GET /api/v1/gaps': viewers,
  'GET /api/v1/dead-letters': engineers,
  'GET /api/v1/dead-letters/counts': engineers,
  'GET /api/v1/dead-letters/{id}': engineers,
  'POST /api/v1/dead-letters/replay': engineers,
  'GET /api/v1/alarms': viewers,
  'POST /api/v1/alarms/{id}/acknowledge': arrangers,
};

let hub: TestHub;
let tokens: Record<Role, string>;

beforeAll(async () => {
  hub = await startTestHub();
  tokens = {
    admin: await hub.signIn('admin', adminPassword),
    supervisor: await hub.signIn('supervisor'),
    'duty-officer': await hub.signIn('officer'),
    dispatcher: await hub.signIn('police'),
    engineer: await hub.signIn('engineer'),
    screen: await hub.signIn('screen'),
    agency: `${agencyToken}.101`,
  };
});
afterAll(() => hub?.stop());

/** With ids that nothing has, and a body that fits nothing: a caller that gets past the guard changes nothing. */
async function isRefused(operation: string, role: Role): Promise<boolean> {
  const [method, path] = operation.split(' ') as [string, string];
  const answer = await hub.call(method, path.replace(/\{[^}]+\}/g, 'nothing'), {
    token: tokens[role],
    ...(['POST', 'PUT', 'PATCH'].includes(method) && { body: { nothing: true } }),
  });
  expect(answer.status, `${operation} as ${role}: the token counts`).not.toBe(401);
  return answer.status === 403;
}

describe('[H4] who may call what', () => {
  it('every operation of the document is in the list, and no other', async () => {
    const { body } = await hub.call('GET', '/openapi.json');
    const listed = Object.entries(body.paths as Record<string, object>).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(listed.filter((operation) => operation !== 'GET /healthz').sort()).toEqual(Object.keys(mayCall).sort());
  });

  // Sessions are everybody's own; calling them here would end those of the other cases.
  const operations = Object.keys(mayCall).filter((operation) => !operation.endsWith('/session'));
  it.each(roles)('%s', async (role) => {
    const refused: string[] = [];
    for (const operation of operations) if (await isRefused(operation, role)) refused.push(operation);
    expect(refused).toEqual(operations.filter((operation) => !mayCall[operation]?.includes(role)));
  });
});

describe('[D1] [I10] an agency has its own, and nothing of another', () => {
  it('by address, in lists and in answers', async () => {
    const officer = tokens['duty-officer'];
    const { body: incident } = await hub.call('POST', '/api/v1/incidents', { token: officer, body: { type: 'road' } });
    const incidentPath = `/api/v1/incidents/${incident.id}`;
    const called = await hub.call('POST', `${incidentPath}/dispatch`, { token: officer, body: { agencyIds: ['102'] } });
    expect(called.status).toBe(200);
    const [dispatch] = called.body.dispatches;
    const dispatchPath = `/api/v1/dispatches/${dispatch.id}`;
    const get = (path: string, role: Role) => hub.call('GET', path, { token: tokens[role] });
    const ids = async (path: string, role: Role) =>
      (await get(path, role)).body.items.map(({ id }: { id: string }) => id);

    expect((await get(dispatchPath, 'dispatcher')).body).toMatchObject({ id: dispatch.id, agencyId: '102' });
    expect((await get(incidentPath, 'dispatcher')).body).toMatchObject({ id: incident.id });
    expect(await ids('/api/v1/dispatches', 'dispatcher')).toEqual([dispatch.id]);
    expect(await ids('/api/v1/incidents', 'dispatcher')).toEqual([incident.id]);

    // `agency` signs in for 101.
    expect(await get(dispatchPath, 'agency')).toMatchObject({ status: 404, body: { code: 'not-found' } });
    expect(await get(incidentPath, 'agency')).toMatchObject({ status: 404, body: { code: 'not-found' } });
    for (const list of ['dispatches', 'dispatches?agencyId=102', `dispatches?incidentId=${incident.id}`, 'incidents'])
      expect(await ids(`/api/v1/${list}`, 'agency'), list).toEqual([]);
    const answers = { accept: {}, reject: { reason: 'x' }, update: { unit: 'X' }, complete: {} };
    for (const [name, body] of Object.entries(answers)) {
      const answer = await hub.call('POST', `${dispatchPath}/${name}`, { token: tokens.agency, body });
      expect(answer, name).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    }
    expect((await get(dispatchPath, 'duty-officer')).body).toMatchObject({ acceptedAt: null, rejectedAt: null });
  });
});
