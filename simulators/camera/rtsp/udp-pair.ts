import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

/** An even port for RTP and the next for RTCP (RFC 3550, 11). */
export interface UdpPair {
  rtp: Socket;
  rtcp: Socket;
  rtpPort: number;
  close(): void;
}

const attempts = 20;

/** @throws Error when no pair of free ports was found. */
export async function openUdpPair(host: string): Promise<UdpPair> {
  const type = host.includes(':') ? 'udp6' : 'udp4';
  const bind = async (port: number): Promise<Socket | null> => {
    const socket = createSocket(type);
    try {
      socket.bind(port, host);
      await once(socket, 'listening');
      return socket;
    } catch {
      // The port is taken; the caller tries the next pair.
      socket.close();
      return null;
    }
  };
  for (let attempt = 0; attempt < attempts; attempt++) {
    const probe = await bind(0);
    if (!probe) continue;
    const free = probe.address().port;
    const neighbour = await bind(free % 2 === 0 ? free + 1 : free - 1);
    if (!neighbour) {
      probe.close();
      continue;
    }
    const [rtp, rtcp] = free % 2 === 0 ? [probe, neighbour] : [neighbour, probe];
    return {
      rtp,
      rtcp,
      rtpPort: Math.min(free, neighbour.address().port),
      close() {
        rtp.close();
        rtcp.close();
      },
    };
  }
  throw new Error(`no pair of free UDP ports on ${host}`);
}
