import { wordList } from '../i18n.ts';

export const faultWords = wordList({
  faults: { kk: 'Ақаулар', ru: 'Неисправности', en: 'Faults' },
  noFaults: { kk: 'Белсенді ақау жоқ', ru: 'Активных неисправностей нет', en: 'No active faults' },
  fault: { kk: 'Ақау', ru: 'Неисправность', en: 'Fault' },
  device: { kk: 'Құрылғы', ru: 'Прибор', en: 'Device' },
  since: { kk: 'Басталғаны', ru: 'Началась', en: 'Began' },
  acknowledge: { kk: 'Қабылдау', ru: 'Принять', en: 'Acknowledge' },
  acknowledged: { kk: 'Қабылдаған', ru: 'Кто принял', en: 'Acknowledged' },
  camerasLost: {
    kk: '{n} камерадан сурет жоқ',
    ru: '{n} {n|камера|камеры|камер} без изображения',
    en: '{n} {n|camera|cameras} without picture',
  },
  ofSites: { kk: '{n} нысан', ru: '{n} {n|объект|объекта|объектов}', en: '{n} {n|site|sites}' },
  sinceTime: { kk: '{time} бастап', ru: 'с {time}', en: 'since {time}' },
  mostWere: { kk: 'ең көбі {n}', ru: 'было {n}', en: 'up to {n}' },
  unreachable: { kk: 'желіде жауап бермейді', ru: 'не отвечает по сети', en: 'does not answer' },
  refused: { kk: 'ағын бермейді', ru: 'отвечает, но не даёт поток', en: 'answers, gives no stream' },
  'no-frames': { kk: 'қосылған, кадр жоқ', ru: 'соединение есть, кадров нет', en: 'connected, no frames' },
  mixed: { kk: 'себептері әртүрлі', ru: 'причины разные', en: 'for different reasons' },
  ago: { kk: '{age} бұрын', ru: '{age} назад', en: '{age} ago' },
});
