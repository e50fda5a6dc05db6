import type { VideoStream } from '@kuzet/contracts/live-video.ts';
import type { SiteCamera } from '@kuzet/contracts/site-file.ts';
import { IntakeError } from '../video/intake-error.ts';
import type { IntakeSource } from '../video/video-intake.ts';
import type { OnvifClient } from './onvif-client.ts';

/**
 * Where a camera's stream is: `rtsp.address` of the site file goes before what the camera says over ONVIF.
 * @throws IntakeError
 */
export async function resolveCameraSource(
  camera: SiteCamera,
  onvif: OnvifClient | null,
  stream: VideoStream = 'main',
): Promise<IntakeSource> {
  const { username, password, transport } = camera;
  const address = stream === 'sub' ? camera.sub?.address : (camera.rtsp?.address ?? (await onvif?.getStreamUri()));
  if (address === undefined) {
    throw new IntakeError('refused', 'the site file names neither onvif.address nor rtsp.address');
  }
  return { address, username, password, transport };
}
