import { depacketisers } from './codecs.ts';
import type { Depacketiser } from './depacketiser.ts';
import { IntakeError, toIntakeFailure } from './intake-error.ts';
import { createRtpReceiver, type RtpReceiver } from './rtp-receiver.ts';
import { parseRtspAddress } from './rtsp-address.ts';
import { openRtspConnection, type RtspConnection, type RtspResponse } from './rtsp-connection.ts';
import { controlUrl, parseSdp, type Sdp, type SdpMedia } from './sdp.ts';
import { openUdpPair, type UdpPair } from './udp-pair.ts';
import type { IntakeEvents, IntakeFailure, IntakeSource, VideoIntake } from './video-intake.ts';

export interface RtspClientOptions {
  connectTimeoutMs?: number;
  responseTimeoutMs?: number;
  nowMs?: () => number;
}

const defaultSessionTimeoutS = 60;
const receiverReportMs = 5_000;
const teardownMs = 500;

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
  let rtpChannel = 0;
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

  async function run(): Promise<void> {
    const { url, host, port, credentials } = parseRtspAddress(source);
    const opened = await openRtspConnection({
      host,
      port,
      credentials,
      connectTimeoutMs,
      responseTimeoutMs,
      onInterleaved(channel, payload) {
        if (channel === rtpChannel) receiver?.onRtp(payload);
        else if (channel === rtpChannel + 1) receiver?.onRtcp(payload);
      },
      onEnd: fail,
    });
    if (over) return opened.close();
    connection = opened;

    const offered = expectOk('OPTIONS', await opened.request('OPTIONS', url), [404, 405, 454, 501, 551]);
    const methods = (offered.headers.get('public') ?? []).join(',').toUpperCase();
    const described = expectOk('DESCRIBE', await opened.request('DESCRIBE', url, { Accept: 'application/sdp' }));
    const base = described.headers.get('content-base')?.[0] || described.headers.get('content-location')?.[0] || url;
    const sdp = parseSdp(described.body.toString('utf8'));
    const { track, payloadType, createDepacketiser } = chooseTrack(sdp);
    const aggregate = controlUrl(base, sdp.control);
    receiver = createRtpReceiver({
      transport: source.transport,
      payloadType,
      createDepacketiser,
      nowMs,
      onAccessUnit: (unit) => {
        if (!over) events.onAccessUnit(unit);
      },
    });

    const trackUrl = controlUrl(/^rtsp:/i.test(sdp.control ?? '') ? aggregate : base, track.control);
    const sendReport = source.transport === 'udp' ? await setUpUdp(opened, trackUrl) : await setUpTcp(opened, trackUrl);
    if (over) return;
    const { session, timeoutS } = sendReport.session;
    const inSession = session ? { Session: session } : undefined;
    teardown = () => opened.request('TEARDOWN', aggregate, inSession);
    expectOk('PLAY', await opened.request('PLAY', aggregate, { ...inSession, Range: 'npt=0.000-' }));
    if (over) return;

    const keepAlive = methods.includes('GET_PARAMETER') ? 'GET_PARAMETER' : 'OPTIONS';
    const keepAliveTimer = setInterval(
      () => {
        // A camera that answers no keep-alive but sends pictures is a working camera: the pictures are what is watched.
        opened.request(keepAlive, aggregate, inSession).catch((error: unknown) => {
          const failure = toIntakeFailure(error);
          if (failure.kind !== 'timeout') fail(failure);
        });
      },
      (timeoutS * 1000) / 2,
    );
    const reportTimer = setInterval(() => {
      const report = receiver?.receiverReport();
      if (report) sendReport.send(report);
    }, receiverReportMs);
    stops.push(
      () => clearInterval(keepAliveTimer),
      () => clearInterval(reportTimer),
    );
    events.onConnected();
  }

  async function setUpTcp(opened: RtspConnection, trackUrl: string) {
    const Transport = 'RTP/AVP/TCP;unicast;interleaved=0-1';
    const response = expectOk('SETUP', await opened.request('SETUP', trackUrl, { Transport }));
    // The camera may choose other channels than asked for.
    rtpChannel = Number(/interleaved=(\d+)/.exec(response.headers.get('transport')?.[0] ?? '')?.[1] ?? 0);
    return {
      session: parseSession(response),
      send: (report: Buffer) => opened.sendInterleaved(rtpChannel + 1, report),
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
    const ports = /server_port=(\d+)(?:-(\d+))?/.exec(response.headers.get('transport')?.[0] ?? '');
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

function chooseTrack(sdp: Sdp): { track: SdpMedia; payloadType: number; createDepacketiser: () => Depacketiser } {
  const videos = sdp.media.filter((media) => media.type === 'video');
  for (const track of videos) {
    for (const payloadType of track.payloadTypes) {
      const create = depacketisers[track.rtpmap.get(payloadType)?.encoding ?? ''];
      if (create) return { track, payloadType, createDepacketiser: () => create(track.fmtp.get(payloadType)) };
    }
  }
  const found = videos.flatMap((track) => [...track.rtpmap.values()].map((map) => map.encoding));
  const named = found.map((name) => name.replace(/[^A-Z0-9.-]/g, '').slice(0, 20)).join(', ');
  if (videos.length === 0) throw new IntakeError('unsupported-codec', 'its stream holds no video');
  throw new IntakeError('unsupported-codec', `codec ${named || 'of its video'} is not supported yet`);
}

function parseSession(response: RtspResponse): { session: string | null; timeoutS: number } {
  const [id = '', ...rest] = (response.headers.get('session')?.[0] ?? '').split(';');
  const timeout = Number(/timeout\s*=\s*(\d+)/i.exec(rest.join(';'))?.[1]);
  return { session: id.trim() || null, timeoutS: timeout >= 2 && timeout <= 3600 ? timeout : defaultSessionTimeoutS };
}

function expectOk(method: string, response: RtspResponse, alsoFine: readonly number[] = []): RtspResponse {
  const { status } = response;
  if ((status >= 200 && status < 300) || alsoFine.includes(status)) return response;
  if (status === 403) throw new IntakeError('credentials', 'camera refused the sign-in (403)');
  if (status === 404) throw new IntakeError('not-found', 'camera knows no stream at this address (404)');
  if (status === 461) throw new IntakeError('unsupported-transport', 'camera refused this transport (461)');
  throw new IntakeError('refused', `camera answered ${method} with ${status}`);
}
