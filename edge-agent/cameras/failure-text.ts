import type { SiteCamera } from '@kuzet/contracts/site-file.ts';
import type { IntakeFailure } from '../video/video-intake.ts';

/** One sentence with what is wrong and what a person can do about it; never an address with a secret in it. */
export function failureText(camera: Pick<SiteCamera, 'id' | 'transport' | 'onvif'>, failure: IntakeFailure): string {
  const { id } = camera;
  const { kind, detail } = failure;
  switch (kind) {
    case 'credentials':
      return `${detail}: check username and password of ${id} in the site file`;
    case 'not-found':
      return `${detail}: check the path in rtsp.address of ${id} in the site file`;
    case 'unreachable':
    case 'timeout':
      return `camera cannot be reached, ${detail}: check its power, its network and the address of ${id} in the site file`;
    case 'unsupported-codec':
      return `${detail}: set the camera's stream to H.264 or H.265`;
    case 'unsupported-transport':
      return `${detail}: set transport of ${id} in the site file to ${camera.transport === 'tcp' ? 'udp' : 'tcp'}`;
    case 'ffmpeg-missing':
      return `${detail}: install ffmpeg 5.1 or later (or set FFMPEG_PATH), or set intake of ${id} to native`;
    case 'refused':
    case 'protocol':
      return `camera cannot be understood, ${detail}: check the address of ${id}, or set its intake to ffmpeg`;
    case 'ended':
      return `the stream ended, ${detail}: it is being connected again; if this goes on, look at the camera's own log`;
  }
}

/** No frames though connected. Over UDP the usual culprit is a firewall between. */
export function silenceText(camera: Pick<SiteCamera, 'id' | 'transport'>, silentMs: number): string {
  const seconds = Math.round(silentMs / 1000);
  const hint =
    camera.transport === 'udp'
      ? `let its UDP through the firewall, or set transport of ${camera.id} to tcp`
      : 'look at the camera itself, it may hang';
  return `camera is connected but has sent no picture for ${seconds} s: ${hint}`;
}
