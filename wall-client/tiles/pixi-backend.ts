import { type Container, Graphics, Sprite, Texture, VideoSource } from 'pixi.js';
import { makeVideo } from './dom-backend.ts';
import type { Rect, TileBackend } from './tile.ts';

/**
 * The picture as a sprite of the overlay's own stage, for walls with a graphics card. The sprite is built in the first
 * frame callback: a VideoSource made before the first decoded frame stays black for ever (texImage2D allocates nothing).
 */
export function createPixiBackend(stage: Container, requestRender: () => void): TileBackend {
  const video = makeVideo();
  let sprite: Sprite | null = null;
  let visible = false;
  let rect: Rect = { x: 0, y: 0, width: 1, height: 1 };
  const mask = new Graphics();
  stage.addChild(mask);

  function layOut(): void {
    mask.clear().roundRect(rect.x, rect.y, rect.width, rect.height, 2).fill(0xffffff);
    if (!sprite || !video.videoWidth) return;
    // object-fit: contain
    const scale = Math.min(rect.width / video.videoWidth, rect.height / video.videoHeight);
    sprite.setSize(video.videoWidth * scale, video.videoHeight * scale);
    sprite.position.set(rect.x + (rect.width - sprite.width) / 2, rect.y + (rect.height - sprite.height) / 2);
  }

  return {
    video,
    place(next) {
      rect = next;
      layOut();
      requestRender();
    },
    setVisible(next) {
      if (visible === next) return;
      visible = next;
      if (sprite) sprite.visible = visible;
      requestRender();
    },
    frame() {
      if (!sprite && video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) {
        sprite = new Sprite(new Texture({ source: new VideoSource({ resource: video, autoPlay: false }) }));
        sprite.mask = mask;
        sprite.visible = visible;
        // Under those made before it.
        stage.addChildAt(sprite, 0);
        layOut();
      }
      requestRender();
    },
    destroy() {
      sprite?.destroy({ texture: true, textureSource: true });
      mask.destroy();
      requestRender();
    },
  };
}
