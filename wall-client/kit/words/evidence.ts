import { wordList } from '../i18n.ts';

export const evidenceWords = wordList({
  title: { kk: 'Дәлелдер', ru: 'Материалы', en: 'Evidence' },
  signed: { kk: 'қол қойылды {time}', ru: 'подписано {time}', en: 'signed {time}' },
  none: {
    kk: 'Бұл оқиғада камера жоқ',
    ru: 'У этого события нет камер',
    en: 'This incident has no cameras',
  },
  clip: { kk: 'Бейне', ru: 'Видео', en: 'Clip' },
  still: { kk: 'Сурет', ru: 'Снимок', en: 'Still' },
  waiting: { kk: 'сұралуда', ru: 'запрашивается', en: 'being asked for' },
  recording: { kk: '{time} дейін жазылуда', ru: 'запись до {time}', en: 'recording until {time}' },
  unavailable: { kk: 'қолжетімсіз', ru: 'недоступно', en: 'not available' },
  gaps: { kk: '{n} үзіліс', ru: '{n} {n|разрыв|разрыва|разрывов}', en: '{n} {n|gap|gaps}' },
  download: { kk: 'Жүктеп алу, {n} кБ', ru: 'Скачать, {n} кБ', en: 'Download, {n} kB' },
  notLoaded: { kk: 'Дәлелдер тізімі алынбады', ru: 'Список материалов не получен', en: 'The list was not received' },
});
