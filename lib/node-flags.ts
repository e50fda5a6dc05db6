/**
 * How every process of ours is started; package.json and Dockerfile say the same. Telemetry makes much that lives for
 * milliseconds: with Node's 16 MiB for the young, hub and edge agent spent a seventh of their time on collecting it.
 */
export const nodeFlags = ['--enable-source-maps', '--max-semi-space-size=32'];
