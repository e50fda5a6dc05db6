import { chooseTrack } from './choose-track.ts';
import { toIntakeFailure } from './intake-error.ts';
import { createKeepAlive, type KeepAlive, type KeepAliveMemory } from './keep-alive.ts';
import { parseRtp } from './rtp.ts';
import { createRtpReceiver, type RtpReceiver } from './rtp-receiver.ts';
import { parseRtspAddress, type RtspAddress } from './rtsp-address.ts';
import { openRtspConnection, type RtspConnection, type RtspResponse } from './rtsp-connection.ts';
import { describe, expectOk } from './rtsp-describe.ts';
import { controlUrl } from './sdp.ts';
import { openUdpPair, type UdpPair } from './udp-pair.ts';
import type { IntakeEvents, IntakeFailure, IntakeSource, VideoIntake } from './video-intake.ts';

export interface RtspClientOptions {
  connectTimeoutMs?: number;
  responseTimeoutMs?: number;
  nowMs?: () => number;
  /** What cameras were seen not to take; left out: one for the whole process. */
  keepAlives?: KeepAliveMemory;
}

const defaultSessionTimeoutS = 60;
const receiverReportMs = 5_000;
const teardownMs = 500;
/** No packet for so long, and a camera that no longer knows the session: it is over. */
const sessionGoneMs = 1_000;
const processKeepAlives: KeepAliveMemory = new Map();

/**
 * RTSP 1.0 (RFC 2326) client for one video track over TCP interleaved or UDP. Starts at once; it does not retry: that
 * is the camera session's part.
 */
export function startRtspIntake(
  source: IntakeSource,
  events: IntakeEvents,
  options: RtspClientOptions = {},
): VideoIntake {
  const { connectTimeoutMs = 5_000, responseTimeoutMs = 5_000, nowMs = Date.now } = options;
  const stops: (() => void)[] = [];
  let connection: RtspConnection | null = null;
  let teardown: (() => Promise<unknown>) | null = null;
  let receiver: RtpReceiver | null = null;
  let keepAlive: KeepAlive | null = null;
  const channels = { rtp: 0, rtcp: 1, heard: false };
  let trackPayloadType: number | null = null;
  let over = false;

  function cleanUp(): void {
    over = true;
    for (const stop of stops.splice(0)) stop();
    connection?.close();
  }

  function fail(failure: IntakeFailure): void {
    if (over) return;
    cleanUp();
    events.onEnd(failure);
  }

  async function open({ host, port, credentials }: RtspAddress): Promise<RtspConnection> {
    connection?.close();
    connection = await openRtspConnection({
      host,
      port,
      credentials,
      connectTimeoutMs,
      responseTimeoutMs,
      onInterleaved,
      onEnd(failure) {
        keepAlive?.connectionEnded();
        fail(failure);
      },
    });
    if (over) connection.close();
    return connection;
  }

  function onInterleaved(channel: number, payload: Buffer): void {
    if (channel === channels.rtp) {
      channels.heard = true;
      receiver?.onRtp(payload);
    } else if (channel === channels.rtcp) receiver?.onRtcp(payload);
    else if (!channels.heard && parseRtp(payload)?.payloadType === trackPayloadType) {
      // The camera says one channel and sends on another.
      Object.assign(channels, { rtp: channel, rtcp: channel + 1, heard: true });
      receiver?.onRtp(payload);
    }
  }

  async function run(): Promise<void> {
    const address = parseRtspAddress(source);
    const { connection: opened, sdp, base, methods } = await describe(address, open);
    if (over) return;
    const { track, payloadType, createDepacketiser } = chooseTrack(sdp);
    const aggregate = controlUrl(base, sdp.control);
    trackPayloadType = payloadType;
    receiver = createRtpReceiver({
      transport: source.transport,
      payloadType,
      createDepacketiser,
      nowMs,
      onAccessUnit: (unit) => {
        if (!over) events.onAccessUnit(unit);
      },
      onOtherCodec: () => fail({ kind: 'ended', detail: 'the camera sends another codec than it said' }),
    });

    const trackUrl = controlUrl(/^rtsp:/i.test(sdp.control ?? '') ? aggregate : base, track.control);
    const setUp = source.transport === 'udp' ? await setUpUdp(opened, trackUrl) : await setUpTcp(opened, trackUrl);
    if (over) return;
    const { session, timeoutS } = setUp.session;
    const inSession = session ? { Session: session } : undefined;
    teardown = () => opened.request('TEARDOWN', aggregate, inSession);
    expectOk('PLAY', await opened.request('PLAY', aggregate, { ...inSession, Range: 'npt=0.000-' }));
    if (over) return;

    const camera = `${address.host}:${address.port}`;
    const ask = async (method: string) => (await opened.request(method, aggregate, inSession)).status;
    keepAlive = createKeepAlive(camera, methods, options.keepAlives ?? processKeepAlives, ask);
    const keepAliveTimer = setInterval(() => void stayAlive(), (timeoutS * 1000) / 2);
    const reportTimer = setInterval(() => {
      const report = receiver?.receiverReport();
      if (report) setUp.send(report);
    }, receiverReportMs);
    stops.push(
      () => clearInterval(keepAliveTimer),
      () => clearInterval(reportTimer),
    );
    events.onConnected();
  }

  /** A camera that answers no keep-alive but sends pictures is a working camera: the pictures are what is watched. */
  async function stayAlive(): Promise<void> {
    try {
      const status = await keepAlive?.send();
      const silentMs = nowMs() - (receiver?.lastPacketMs() ?? 0);
      if (status === 454 && silentMs > sessionGoneMs) {
        fail({ kind: 'ended', detail: 'the camera no longer knows the session (454)' });
      }
    } catch (error) {
      const failure = toIntakeFailure(error);
      if (failure.kind !== 'timeout') fail(failure);
    }
  }

  async function setUpTcp(opened: RtspConnection, trackUrl: string) {
    const Transport = 'RTP/AVP/TCP;unicast;interleaved=0-1';
    const response = expectOk('SETUP', await opened.request('SETUP', trackUrl, { Transport }));
    // The camera may choose other channels than asked for.
    const [, rtp, rtcp] = /interleaved=\s*(\d{1,3})(?:-(\d{1,3}))?/i.exec(transportOf(response)) ?? [];
    if (rtp !== undefined && Number(rtp) <= 255) {
      channels.rtp = Number(rtp);
      channels.rtcp = rtcp === undefined ? channels.rtp + 1 : Number(rtcp);
    }
    return {
      session: parseSession(response),
      send: (report: Buffer) => opened.sendInterleaved(channels.rtcp & 0xff, report),
    };
  }

  async function setUpUdp(opened: RtspConnection, trackUrl: string) {
    const pair: UdpPair = await openUdpPair({
      localAddress: opened.localAddress(),
      cameraAddress: opened.remoteAddress(),
      onRtp: (payload) => receiver?.onRtp(payload),
      onRtcp: (payload) => receiver?.onRtcp(payload),
      onError: (error) => fail(toIntakeFailure(error)),
    });
    stops.push(() => pair.close());
    if (over) pair.close();
    const Transport = `RTP/AVP;unicast;client_port=${pair.rtpPort}-${pair.rtpPort + 1}`;
    const response = expectOk('SETUP', await opened.request('SETUP', trackUrl, { Transport }));
    const ports = /server_port=(\d+)(?:-(\d+))?/.exec(transportOf(response));
    const rtcpPort = ports ? Number(ports[2] ?? Number(ports[1]) + 1) : null;
    return {
      session: parseSession(response),
      send: (report: Buffer) => {
        if (rtcpPort !== null && rtcpPort > 0 && rtcpPort < 65_536) pair.sendRtcp(report, rtcpPort);
      },
    };
  }

  run().catch((error: unknown) => fail(toIntakeFailure(error)));

  return {
    async stop() {
      if (over) return;
      over = true;
      if (teardown) {
        let timer: NodeJS.Timeout | undefined;
        const late = new Promise<void>((resolve) => {
          timer = setTimeout(resolve, teardownMs);
        });
        // Whether the camera took the farewell or not, the connection closes next.
        await Promise.race([teardown().catch(() => undefined), late]);
        clearTimeout(timer);
      }
      cleanUp();
    },
  };
}

const transportOf = (response: RtspResponse): string => response.headers.get('transport')?.[0] ?? '';

function parseSession(response: RtspResponse): { session: string | null; timeoutS: number } {
  const [id = '', ...rest] = (response.headers.get('session')?.[0] ?? '').split(';');
  const timeout = Number(/timeout\s*=\s*(\d+)/i.exec(rest.join(';'))?.[1]);
  return { session: id.trim() || null, timeoutS: timeout >= 2 && timeout <= 3600 ? timeout : defaultSessionTimeoutS };
}
