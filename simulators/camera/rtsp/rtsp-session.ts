import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Clock } from '@kuzet/lib/clock.ts';
import type { CameraTrack, PacketGroup } from './camera-track.ts';
import { goodbye, senderReport } from './rtp.ts';
import type { TransportChoice } from './rtsp-message.ts';
import { openUdpPair, type UdpPair } from './udp-pair.ts';

/** One viewer of one camera, from SETUP to TEARDOWN. */
export interface RtspSession {
  readonly id: string;
  readonly cameraId: string;
  /** The Transport header of the SETUP answer. */
  readonly transport: string;
  play(): void;
  pause(): void;
  /** The viewer gave a sign of life. */
  touch(): void;
  /** @param silently without an RTCP goodbye: the camera lost power or cable. */
  close(silently?: boolean): void;
}

/** What is wrong with a camera's sending; asked at each report and each frame. */
export interface SendingTrouble {
  /** Its clock minus the true one, as sender reports tell it. */
  clockErrorMs(): number;
  reports(): boolean;
  /** Parts of 100 of UDP packets that are lost, and that leave after the next one. */
  lossPercent(): number;
  reorderPercent(): number;
}

export interface RtspSessionDeps {
  clock: Clock;
  cameraId: string;
  track: CameraTrack;
  socket: Socket;
  host: string;
  trouble?: SendingTrouble;
  random?: () => number;
  /** Called when the viewer must go: it reads too slowly, or was silent for `sessionTimeoutMs`. */
  drop(reason: string): void;
}

export const sessionTimeoutMs = 60_000;
const reportIntervalMs = 5_000;
/** About ten seconds of video: a viewer that far behind gets nothing useful any more. */
const maxBacklogBytes = 1_000_000;

/** @throws Error when no UDP ports are free. */
export async function openRtspSession(deps: RtspSessionDeps, choice: TransportChoice): Promise<RtspSession> {
  const { clock, track, socket } = deps;
  const id = randomBytes(8).toString('hex');
  const sender = { ssrc: track.ssrc, cname: `${deps.cameraId}@${deps.host}`, packets: 0, octets: 0 };
  const carrier = choice.kind === 'tcp' ? overTcp(deps, choice) : await overUdp(deps, choice, () => session.touch());
  let unsubscribe: (() => void) | null = null;
  let cancelReports: (() => void) | null = null;
  let seenAtMs = clock.now();

  const report = () => {
    if (deps.trouble?.reports() === false) return;
    const nowMs = clock.now() + (deps.trouble?.clockErrorMs() ?? 0);
    carrier.sendRtcp(senderReport(sender, nowMs, track.rtpTimeNow()));
  };
  const session: RtspSession = {
    id,
    cameraId: deps.cameraId,
    transport: `${carrier.transport};ssrc=${track.ssrc.toString(16).padStart(8, '0').toUpperCase()}`,
    play() {
      if (unsubscribe) return;
      // Before the first frame, so that a reader knows from the start when each was captured.
      report();
      cancelReports = clock.every(reportIntervalMs, () => {
        if (choice.kind === 'udp' && clock.now() - seenAtMs > sessionTimeoutMs) deps.drop('silent viewer');
        else report();
      });
      unsubscribe = track.subscribe((group) => {
        sender.packets += group.packets.length;
        for (const packet of group.packets) sender.octets += packet.length - 12;
        carrier.sendRtp(group);
        if (choice.kind === 'tcp' && socket.writableLength > maxBacklogBytes) deps.drop('slow viewer');
      });
    },
    pause() {
      unsubscribe?.();
      cancelReports?.();
      unsubscribe = null;
      cancelReports = null;
    },
    touch() {
      seenAtMs = clock.now();
    },
    close(silently = false) {
      if (unsubscribe && !silently) carrier.sendRtcp(goodbye(track.ssrc));
      session.pause();
      carrier.close();
    },
  };
  return session;
}

interface Carrier {
  transport: string;
  sendRtp(group: PacketGroup): void;
  sendRtcp(packet: Buffer): void;
  close(): void;
}

function overTcp({ socket }: RtspSessionDeps, choice: TransportChoice & { kind: 'tcp' }): Carrier {
  const frame = (channel: number, packet: Buffer): Buffer => {
    const head = Buffer.allocUnsafe(4);
    head[0] = 0x24;
    head[1] = channel;
    head.writeUInt16BE(packet.length, 2);
    return head;
  };
  const send = (channel: number, packets: readonly Buffer[]) => {
    if (socket.writable) socket.write(Buffer.concat(packets.flatMap((packet) => [frame(channel, packet), packet])));
  };
  return {
    transport: `RTP/AVP/TCP;unicast;interleaved=${choice.rtpChannel}-${choice.rtcpChannel}`,
    sendRtp: (group) => send(choice.rtpChannel, group.packets),
    sendRtcp: (packet) => send(choice.rtcpChannel, [packet]),
    close() {
      // The connection outlives the session.
    },
  };
}

async function overUdp(
  { socket, host, drop, trouble, random = Math.random }: RtspSessionDeps,
  choice: TransportChoice & { kind: 'udp' },
  onReport: () => void,
): Promise<Carrier> {
  const peer = socket.remoteAddress ?? host;
  const pair: UdpPair = await openUdpPair(socket.localAddress ?? host);
  for (const udp of [pair.rtp, pair.rtcp]) udp.on('error', (error) => drop(error.message));
  pair.rtcp.on('message', onReport);
  let open = true;
  let held: Buffer | null = null;
  const happens = (percent: number | undefined) => percent !== undefined && percent > 0 && random() * 100 < percent;
  const send = (packet: Buffer) => pair.rtp.send(packet, choice.rtpPort, peer);
  return {
    transport: `RTP/AVP;unicast;client_port=${choice.rtpPort}-${choice.rtcpPort};server_port=${pair.rtpPort}-${pair.rtpPort + 1}`,
    sendRtp(group) {
      if (!open) return;
      for (const packet of group.packets) {
        if (happens(trouble?.lossPercent())) continue;
        if (held === null && happens(trouble?.reorderPercent())) {
          held = packet;
          continue;
        }
        send(packet);
        if (held) send(held);
        held = null;
      }
    },
    sendRtcp(packet) {
      if (open) pair.rtcp.send(packet, choice.rtcpPort, peer);
    },
    close() {
      if (!open) return;
      open = false;
      // After what is queued (the goodbye) has left.
      setImmediate(() => pair.close());
    },
  };
}
