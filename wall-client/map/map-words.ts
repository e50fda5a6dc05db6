import { wordList } from '../kit/i18n.ts';

export const mapWords = wordList({
  tilesFailed: {
    kk: 'Карта жүктелмеді: сызба көрсетілді',
    ru: 'Карта не загрузилась: показана схема',
    en: 'Map did not load: schematic shown',
  },
  noGraphics: {
    kk: 'Карта салынбады: белгілер орнында',
    ru: 'Карта не нарисована: метки на месте',
    en: 'Map not drawn: marks are in place',
  },
  baseMapFailed: {
    kk: 'Сызба жүктелмеді: белгілер орнында',
    ru: 'Схема не загрузилась: метки на месте',
    en: 'Schematic did not load: marks are in place',
  },
  ring: { kk: '500 м', ru: '500 м', en: '500 m' },
});
