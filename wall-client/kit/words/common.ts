import type { LocalizedText } from '@kuzet/contracts/common.ts';
import type { DispatchState } from '@kuzet/contracts/dispatch.ts';
import type { AlarmCondition, Disposition, IncidentState, IncidentType, Priority } from '@kuzet/contracts/incident.ts';
import { wordList } from '../i18n.ts';

/** Words that more than one page says. */
export const common = wordList({
  live: { kk: 'ЭФИР', ru: 'ЭФИР', en: 'LIVE' },
  stalled: { kk: 'КІДІРДІ', ru: 'ЗАВИСЛО', en: 'STALLED' },
  lost: { kk: 'ЖОҚ', ru: 'НЕТ', en: 'LOST' },
  recording: { kk: 'ЖАЗБА', ru: 'ЗАПИСЬ', en: 'RECORDING' },
  disabled: { kk: 'ӨШІРІЛГЕН', ru: 'ОТКЛЮЧЕНА', en: 'DISABLED' },
  awaitingPicture: { kk: 'Сурет күтілуде', ru: 'Ждём изображение', en: 'Waiting for the picture' },
  linkBroken: { kk: 'Байланыс үзілді', ru: 'Связь потеряна', en: 'Connection lost' },
  lastFrame: { kk: 'соңғы кадр {time}', ru: 'последний кадр {time}', en: 'last frame {time}' },
  noFrameYet: { kk: 'кадр болған жоқ', ru: 'кадров не было', en: 'no frame yet' },
  notDecoded: { kk: 'КӨРСЕТІЛМЕЙДІ', ru: 'НЕ ПОКАЗАТЬ', en: 'CANNOT SHOW' },
  noDecoder: {
    kk: 'Браузер бұл бейнені аша алмайды',
    ru: 'Браузер не умеет это видео',
    en: 'This browser cannot decode the video',
  },
  noDecoderRemedy: {
    kk: 'H.264 ағыны немесе басқа браузер керек',
    ru: 'нужен поток H.264 или другой браузер',
    en: 'it needs an H.264 stream or another browser',
  },
  pictureBlack: { kk: 'Камера қара сурет беріп тұр', ru: 'Камера передаёт чёрный кадр', en: 'Camera sends black' },
  pictureUnchanged: { kk: 'Сурет өзгермейді', ru: 'Картинка не меняется', en: 'Picture does not change' },
  seconds: { kk: '{n} с', ru: '{n} с', en: '{n} s' },
  metres: { kk: '{n} м', ru: '{n} м', en: '{n} m' },
  drill: { kk: 'ОҚУ-ЖАТТЫҒУ', ru: 'УЧЕНИЕ', en: 'DRILL' },
  demo: {
    kk: 'Үлгі қала: оқиғалар ойдан шығарылған',
    ru: 'Демо-город: события вымышлены',
    en: 'Demo city: events are invented',
  },
  noLink: {
    kk: 'Байланыс жоқ {age}. Көріп тұрғаныңыз {time}',
    ru: 'Нет связи {age}. Вы видите {time}',
    en: 'No link {age}. You see {time}',
  },
  connecting: { kk: 'Өзекке қосылуда', ru: 'Подключение к ядру', en: 'Connecting to the hub' },
  forbidden: {
    kk: 'Бұл бетке рұқсатыңыз жоқ',
    ru: 'У вас нет доступа к этой странице',
    en: 'You have no access to this page',
  },
  signOut: { kk: 'Шығу', ru: 'Выйти', en: 'Sign out' },
  systemActor: { kk: 'жүйе', ru: 'система', en: 'system' },
  unknownPlace: { kk: 'Орны белгісіз', ru: 'Место неизвестно', en: 'Place unknown' },
  mapCredit: {
    kk: 'Сызба карта. Көше геометриясы © OpenStreetMap қатысушылары, ODbL бойынша жеңілдетілген',
    ru: 'Схема. Геометрия улиц упрощена из © участники OpenStreetMap, ODbL',
    en: 'Schematic. Street geometry simplified from © OpenStreetMap contributors, ODbL',
  },
  actionFailed: { kk: 'Орындалмады: {why}', ru: 'Не выполнено: {why}', en: 'Not done: {why}' },
  actionUnknown: {
    kk: 'Жауап келмеді. Қайталау қауіпсіз',
    ru: 'Ответа нет. Повторить безопасно',
    en: 'No answer. It is safe to repeat',
  },
});

export const priorityWords: Record<Priority, LocalizedText> = {
  critical: { kk: 'Сыни', ru: 'Критично', en: 'Critical' },
  high: { kk: 'Жоғары', ru: 'Важно', en: 'High' },
  routine: { kk: 'Қалыпты', ru: 'Обычно', en: 'Routine' },
};

export const incidentTypeWords: Record<IncidentType, LocalizedText> = {
  fire: { kk: 'Өрт', ru: 'Пожар', en: 'Fire' },
  gas: { kk: 'Газ шығуы', ru: 'Утечка газа', en: 'Gas leak' },
  intrusion: { kk: 'Рұқсатсыз кіру', ru: 'Проникновение', en: 'Intrusion' },
  water: { kk: 'Су апаты', ru: 'Вода', en: 'Water' },
  'air-quality': { kk: 'Ауа сапасы', ru: 'Качество воздуха', en: 'Air quality' },
  power: { kk: 'Электр қуаты', ru: 'Электроснабжение', en: 'Power' },
  road: { kk: 'Жол оқиғасы', ru: 'ДТП', en: 'Road accident' },
  'public-order': { kk: 'Қоғамдық тәртіп', ru: 'Общественный порядок', en: 'Public order' },
  medical: { kk: 'Медициналық көмек', ru: 'Медицинская помощь', en: 'Medical' },
  other: { kk: 'Оқиға', ru: 'Происшествие', en: 'Incident' },
};

export const incidentStateWords: Record<IncidentState, LocalizedText> = {
  new: { kk: 'Қабылдау күтілуде', ru: 'Ждёт принятия', en: 'Waiting to be taken' },
  acknowledged: { kk: 'Қабылданды', ru: 'Принят', en: 'Acknowledged' },
  dispatched: { kk: 'Қызметтер жолда', ru: 'Службы приняли', en: 'Dispatched' },
  'on-scene': { kk: 'Қызметтер орнында', ru: 'Службы на месте', en: 'On scene' },
  resolved: { kk: 'Шешілді', ru: 'Устранён', en: 'Resolved' },
  closed: { kk: 'Жабылды', ru: 'Закрыт', en: 'Closed' },
};

export const dispatchStateWords: Record<DispatchState, LocalizedText> = {
  queued: { kk: 'жіберілмеді', ru: 'не отправлено', en: 'not sent yet' },
  sent: { kk: 'жіберілді', ru: 'отправлено', en: 'sent' },
  delivered: { kk: 'жеткізілді', ru: 'доставлено', en: 'delivered' },
  accepted: { kk: 'қабылдады', ru: 'принято', en: 'accepted' },
  rejected: { kk: 'бас тартты', ru: 'отклонено', en: 'rejected' },
  completed: { kk: 'аяқталды', ru: 'завершено', en: 'completed' },
  failed: { kk: 'жеткізілмеді', ru: 'не доставлено', en: 'failed' },
};

export const dispositionWords: Record<Disposition, LocalizedText> = {
  confirmed: { kk: 'Расталды', ru: 'Подтверждён', en: 'Confirmed' },
  'false-alarm': { kk: 'Жалған дабыл', ru: 'Ложная тревога', en: 'False alarm' },
  duplicate: { kk: 'Қайталанған', ru: 'Дубликат', en: 'Duplicate' },
  test: { kk: 'Тексеру', ru: 'Проверка', en: 'Test' },
  'no-action': { kk: 'Шара қажет емес', ru: 'Мер не требует', en: 'No action needed' },
  merged: { kk: 'Біріктірілді', ru: 'Объединён', en: 'Merged' },
};

export const conditionWords: Record<AlarmCondition, LocalizedText> = {
  smoke: { kk: 'түтін', ru: 'дым', en: 'smoke' },
  heat: { kk: 'қызу', ru: 'нагрев', en: 'heat' },
  'smoke-density': { kk: 'түтін тығыздығы', ru: 'задымлённость', en: 'smoke density' },
  'manual-call-point': { kk: 'қолмен басылған дабыл', ru: 'ручной извещатель', en: 'manual call point' },
  'panel-fire': { kk: 'өрт панелі', ru: 'пожарная панель', en: 'fire panel' },
  gas: { kk: 'газ', ru: 'газ', en: 'gas' },
  'door-forced': { kk: 'есік бұзылды', ru: 'дверь взломана', en: 'door forced' },
  'water-leak': { kk: 'су ағуы', ru: 'протечка', en: 'water leak' },
  'water-level': { kk: 'су деңгейі', ru: 'уровень воды', en: 'water level' },
  'air-quality': { kk: 'ауа сапасы', ru: 'качество воздуха', en: 'air quality' },
  'device-fault': { kk: 'құрылғы ақауы', ru: 'неисправность', en: 'device fault' },
  'edge-offline': { kk: 'нысан агентімен байланыс жоқ', ru: 'нет связи с агентом объекта', en: 'edge agent offline' },
  'device-silent': { kk: 'құрылғы үнсіз', ru: 'нет связи с прибором', en: 'device silent' },
  'camera-lost': { kk: 'камера жоқ', ru: 'камера потеряна', en: 'camera lost' },
};
