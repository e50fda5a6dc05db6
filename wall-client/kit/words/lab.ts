import type { CameraState } from '@kuzet/contracts/camera.ts';
import type { LocalizedText } from '@kuzet/contracts/common.ts';
import type { DeviceState } from '@kuzet/contracts/device.ts';
import { wordList } from '../i18n.ts';

export const labWords = wordList({
  title: { kk: 'Зертхана', ru: 'Лаборатория', en: 'Lab' },
  devices: { kk: 'Құрылғылар', ru: 'Приборы', en: 'Devices' },
  cameras: { kk: 'Камералар', ru: 'Камеры', en: 'Cameras' },
  edges: { kk: 'Нысан агенттері', ru: 'Агенты объектов', en: 'Edge agents' },
  deadLetters: { kk: 'Танылмаған хабарлар', ru: 'Непонятые сообщения', en: 'Dead letters' },
  noDeadLetters: { kk: 'Бәрі танылды', ru: 'Всё понято', en: 'Everything was understood' },
  find: { kk: 'Іздеу', ru: 'Найти', en: 'Find' },
  id: { kk: 'Белгі', ru: 'Ид', en: 'Id' },
  name: { kk: 'Атауы', ru: 'Название', en: 'Name' },
  kind: { kk: 'Түрі', ru: 'Вид', en: 'Kind' },
  state: { kk: 'Күйі', ru: 'Состояние', en: 'State' },
  lastSeen: { kk: 'Соңғы рет', ru: 'Последний раз', en: 'Last seen' },
  values: { kk: 'Мәндері', ru: 'Значения', en: 'Values' },
  never: { kk: 'ешқашан', ru: 'никогда', en: 'never' },
  topic: { kk: 'Тақырып', ru: 'Топик', en: 'Topic' },
  reason: { kk: 'Себебі', ru: 'Причина', en: 'Reason' },
  size: { kk: 'Өлшемі', ru: 'Размер', en: 'Size' },
  refresh: { kk: 'Жаңарту', ru: 'Обновить', en: 'Refresh' },
  bytes: { kk: '{n} байт', ru: '{n} {n|байт|байта|байтов}', en: '{n} {n|byte|bytes}' },
  ago: { kk: '{age} бұрын', ru: '{age} назад', en: '{age} ago' },
  up: { kk: 'байланыста', ru: 'на связи', en: 'online' },
  down: { kk: 'байланыс жоқ', ru: 'нет связи', en: 'offline' },
  shown: { kk: '{all} ішінен {n}', ru: '{n} из {all}', en: '{n} of {all}' },
});

export const deviceStateWords: Record<DeviceState, LocalizedText> = {
  unknown: { kk: 'хабар болмаған', ru: 'не слышали', en: 'never heard' },
  online: { kk: 'байланыста', ru: 'на связи', en: 'online' },
  silent: { kk: 'үнсіз', ru: 'молчит', en: 'silent' },
  offline: { kk: 'өшірілген', ru: 'отключился', en: 'offline' },
  fault: { kk: 'ақау', ru: 'неисправность', en: 'fault' },
  test: { kk: 'тексеруде', ru: 'проверка', en: 'test' },
  disabled: { kk: 'істен шығарылған', ru: 'выведен', en: 'disabled' },
};

export const cameraStateWords: Record<CameraState, LocalizedText> = {
  live: { kk: 'эфирде', ru: 'в эфире', en: 'live' },
  stalled: { kk: 'кідірді', ru: 'зависла', en: 'stalled' },
  lost: { kk: 'жоқ', ru: 'потеряна', en: 'lost' },
  disabled: { kk: 'өшірілген', ru: 'отключена', en: 'disabled' },
};
