import type { TileBackend } from './tile.ts';

/** A <video> element placed under the overlay: three times the frames of any canvas where no graphics card helps. The whole picture shows. */
export function createDomBackend(host: HTMLElement): TileBackend {
  const video = makeVideo();
  video.className = 'tile-video';
  video.style.cssText = 'position:absolute;object-fit:contain;visibility:hidden;border-radius:2px;background:none';
  // Under those made before it.
  host.prepend(video);
  return {
    video,
    place({ x, y, width, height }) {
      Object.assign(video.style, { left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` });
    },
    setVisible(visible) {
      const visibility = visible ? 'visible' : 'hidden';
      if (video.style.visibility !== visibility) video.style.visibility = visibility;
    },
    destroy: () => video.remove(),
  };
}

/** Muted, inline, without controls: what autoplay rules let start by itself. */
export function makeVideo(): HTMLVideoElement {
  const video = document.createElement('video');
  video.muted = true;
  video.playsInline = true;
  video.autoplay = true;
  video.disablePictureInPicture = true;
  video.setAttribute('aria-hidden', 'true');
  return video;
}
