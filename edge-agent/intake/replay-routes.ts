import { EdgeReplay, type EdgeReplayAnswer } from '@kuzet/contracts/dead-letter.ts';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { Compile } from 'typebox/compile';
import type { Intake } from './intake.ts';

export interface ReplayRoutesDeps {
  intake: Pick<Intake, 'replay'>;
  /** Answers with problem details. */
  refuse(reply: FastifyReply, code: 'invalid-request', detail: string): FastifyReply;
}

const check = Compile(EdgeReplay);
/** What the hub sends at once: at most 100 letters of about a megabyte together, or one of 16 KiB in base64. */
const bodyLimit = 4_194_304;

/** `POST /replay`: dead letters once more through the intake, after the profile or the site file was mended. */
export async function replayRoutes(app: FastifyInstance, { intake, refuse }: ReplayRoutesDeps): Promise<void> {
  app.post('/replay', { bodyLimit }, async (request, reply) => {
    const body = request.body;
    if (!check.Check(body)) {
      const [first] = check.Errors(body);
      const where = first?.instancePath || '/';
      return refuse(reply, 'invalid-request', `The body does not fit at ${where}: ${first?.message ?? 'unknown'}`);
    }
    const outcomes = await Promise.all(
      body.letters.map(
        ({ topic, payloadBase64, receivedAt }) =>
          new Promise<EdgeReplayAnswer['outcomes'][number]>((resolve) => {
            const message = {
              topic,
              payload: Buffer.from(payloadBase64, 'base64'),
              receivedMs: Date.parse(receivedAt),
            };
            intake.replay(message, (refused) => resolve({ taken: refused === null, reason: refused }));
          }),
      ),
    );
    const answer: EdgeReplayAnswer = { outcomes };
    return answer;
  });
}
