import { wordList } from '../i18n.ts';

export const faultWords = wordList({
  faults: { kk: 'Ақаулар', ru: 'Неисправности', en: 'Faults' },
  noFaults: { kk: 'Белсенді ақау жоқ', ru: 'Активных неисправностей нет', en: 'No active faults' },
  fault: { kk: 'Ақау', ru: 'Неисправность', en: 'Fault' },
  device: { kk: 'Құрылғы', ru: 'Прибор', en: 'Device' },
  since: { kk: 'Басталғаны', ru: 'Началась', en: 'Began' },
  acknowledge: { kk: 'Қабылдау', ru: 'Принять', en: 'Acknowledge' },
  acknowledged: { kk: 'Қабылдаған', ru: 'Кто принял', en: 'Acknowledged' },
  ago: { kk: '{age} бұрын', ru: '{age} назад', en: '{age} ago' },
});
