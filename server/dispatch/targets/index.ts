import { deskTarget } from './desk.ts';
import type { Target } from './target.ts';
import { createWebhookTarget, type WebhookTargetDeps } from './webhook.ts';

/** Every way to reach an agency, one a channel. */
export const createTargets = (deps: WebhookTargetDeps): readonly Target[] => [deskTarget, createWebhookTarget(deps)];
