import type { CameraState } from '@kuzet/contracts/camera.ts';
import type { LocalizedText } from '@kuzet/contracts/common.ts';
import type { DeadLetterClass } from '@kuzet/contracts/dead-letter.ts';
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
  faults: { kk: 'Ақаулар', ru: 'Неисправности', en: 'Faults' },
  discovered: { kk: 'Табылғандар', ru: 'Обнаруженные', en: 'Discovered' },
  noDiscovered: { kk: 'Бейтаныс құрылғы жоқ', ru: 'Незнакомых приборов нет', en: 'No unknown devices' },
  discoveredHint: {
    kk: 'Сөйлейді, бірақ нысан файлында жоқ. Тіркелгенше дабыл бермейді',
    ru: 'Говорят, но в файле объекта их нет. Тревог не поднимают, пока их не примут',
    en: 'They speak and are in no site file. They raise nothing until they are adopted',
  },
  kindUnknown: { kk: 'белгісіз', ru: 'неизвестен', en: 'unknown' },
  profile: { kk: 'Профилі', ru: 'Профиль', en: 'Profile' },
  heard: { kk: 'Хабарлар', ru: 'Сообщений', en: 'Messages' },
  edge: { kk: 'Агент', ru: 'Агент', en: 'Edge' },
  received: { kk: 'Келген уақыты', ru: 'Получено', en: 'Received' },
  allReasons: { kk: 'Барлығы', ru: 'Все', en: 'All' },
  takenCount: { kk: '{n} алынды', ru: '{n} принято', en: '{n} taken' },
  replayed: { kk: 'Қайта жіберу', ru: 'Повтор', en: 'Replay' },
  replayOne: { kk: 'Қайта жіберу', ru: 'Повторить', en: 'Replay' },
  replayAll: { kk: 'Барлығын қайта жіберу', ru: 'Повторить все', en: 'Replay all' },
  replayReason: {
    kk: 'Осы себептегіні қайта жіберу',
    ru: 'Повторить все с этой причиной',
    en: 'Replay all of this reason',
  },
  replayHint: {
    kk: 'Профиль немесе нысан файлы түзетілген соң. Тарих ретінде сақталады, дабыл бермейді',
    ru: 'После исправления профиля или файла объекта. Сохраняются как история и тревог не поднимают',
    en: 'After the profile or the site file was mended. They are stored as history and raise nothing',
  },
  taken: { kk: '{time} алынды', ru: 'принято в {time}', en: 'taken at {time}' },
  refusedAgain: { kk: 'тағы танылмады: {why}', ru: 'снова не понято: {why}', en: 'refused again: {why}' },
  inDoubt: {
    kk: 'агент жауап бермеді: алынған болуы мүмкін',
    ru: 'агент не ответил: возможно, принято',
    en: 'the edge did not answer: it may have been taken',
  },
  cut: {
    kk: 'үлкен болып қиылған: қайта жіберілмейді',
    ru: 'обрезано: повторить нельзя',
    en: 'was cut: cannot be replayed',
  },
  notOfSensor: {
    kk: 'датчиктен емес: қайта жіберілмейді',
    ru: 'не от датчика: повторить нельзя',
    en: 'not of a sensor: cannot be replayed',
  },
  outcome: {
    kk: 'Алынды: {taken}. Тағы танылмады: {refused}. Жіберілмеді: {left}.',
    ru: 'Принято: {taken}. Снова не понято: {refused}. Не отправлено: {left}.',
    en: 'Taken: {taken}. Refused again: {refused}. Not sent: {left}.',
  },
  moreLeft: { kk: 'Тағы {n} қалды.', ru: 'Осталось ещё {n}.', en: '{n} more are left.' },
  more: { kk: 'Тағы көрсету', ru: 'Показать ещё', en: 'Show more' },
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

export const letterClassWords: Record<DeadLetterClass, LocalizedText> = {
  'unknown-device': { kk: 'бейтаныс құрылғы', ru: 'незнакомый прибор', en: 'unknown device' },
  'unknown-topic': { kk: 'бейтаныс тақырып', ru: 'незнакомый топик', en: 'unknown topic' },
  'wrong-topic': { kk: 'басқа тақырыпта', ru: 'не на своём топике', en: 'on a wrong topic' },
  'not-json': { kk: 'JSON емес', ru: 'не JSON', en: 'not JSON' },
  'too-large': { kk: 'тым үлкен', ru: 'слишком большое', en: 'too large' },
  'not-understood': { kk: 'мазмұны танылмады', ru: 'содержание не понято', en: 'content not understood' },
  uplink: { kk: 'агент хабары жарамсыз', ru: 'негодная посылка агента', en: 'unusable uplink' },
  gap: { kk: 'жоғалған аралық', ru: 'пропуск', en: 'gap' },
};
