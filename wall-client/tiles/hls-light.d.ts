// The light build (no subtitles, no DRM, no audio tracks) ships without types of its own; its interface is the same.
declare module 'hls.js/light' {
  export * from 'hls.js';
  export { default } from 'hls.js';
}
