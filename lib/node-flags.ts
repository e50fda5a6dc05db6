/**
 * How every process of ours is started; package.json, Dockerfile and docker-compose.yml say the same. Telemetry makes much
 * that lives for milliseconds: with Node's 16 MiB for the young, hub and edge agent spent a seventh of their time on
 * collecting it. Pictures live for seconds: below 128 MiB of the old, an edge agent with 32 cameras collected twice a second,
 * which was more than half of all it did.
 */
export const nodeFlags = ['--enable-source-maps', '--max-semi-space-size=32', '--initial-old-space-size=128'];
