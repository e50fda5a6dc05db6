import type { LocalizedText } from '@kuzet/contracts/common.ts';
import { wordList } from '../kit/i18n.ts';
import type { RowState } from './layout.ts';

export const wallWords = wordList({
  allQuiet: { kk: 'Төтенше жағдай жоқ', ru: 'Чрезвычайных ситуаций нет', en: 'No emergencies' },
  quietSince: { kk: '{time} бері тыныш', ru: 'Спокойно с {time}', en: 'Quiet since {time}' },
  highOpen: {
    kk: '{n} маңызды оқиға',
    ru: '{n} {n|важное событие|важных события|важных событий}',
    en: '{n} {n|high incident|high incidents}',
  },
  city: { kk: 'Астана', ru: 'Астана', en: 'Astana' },
  wind: { kk: 'жел {n} м/с', ru: 'ветер {n} м/с', en: 'wind {n} m/s' },
  windTitle: { kk: 'Жел {n} м/с', ru: 'Ветер {n} м/с', en: 'Wind {n} m/s' },
  noWind: { kk: 'Жел: дерек жоқ', ru: 'Ветер: нет данных', en: 'Wind: no data' },
  noWeather: { kk: 'ауа райы дерегі жоқ', ru: 'нет данных о погоде', en: 'no weather data' },
  asOf: { kk: '{time} дерегі', ru: 'данные {time}', en: 'as of {time}' },
  critical: { kk: 'Сыни', ru: 'Критично', en: 'Critical' },
  high: { kk: 'Жоғары', ru: 'Важно', en: 'High' },
  inWork: { kk: 'Жұмыста', ru: 'В работе', en: 'In work' },
  camerasLive: { kk: 'Камера эфирде', ru: 'Камер в эфире', en: 'Cameras live' },
  since: { kk: '{time} бастап', ru: 'с {time}', en: 'since {time}' },
  others: { kk: 'Басқа оқиғалар', ru: 'Другие события', en: 'Other incidents' },
  more: { kk: 'тағы {n}', ru: 'ещё {n}', en: '{n} more' },
  noCameraNear: { kk: 'Маңайда камера жоқ', ru: 'Рядом нет камер', en: 'No camera nearby' },
  placeOnly: { kk: 'Орны картада жоқ', ru: 'Места на карте нет', en: 'No place on the map' },
  notCalled: { kk: 'Қызметтер шақырылмаған', ru: 'Службы не вызваны', en: 'No service called' },
  toArrival: { kk: 'келуіне', ru: 'до прибытия', en: 'to arrival' },
  late: { kk: 'кешікті', ru: 'опаздывает', en: 'late' },
  arrived: { kk: 'келді', ru: 'прибыл', en: 'arrived' },
  acceptedAt: { kk: 'қабылдады', ru: 'принял', en: 'accepted' },
  completedAt: { kk: 'аяқтады', ru: 'завершил', en: 'done' },
  noAnswer: { kk: 'жауап жоқ', ru: 'нет ответа', en: 'no answer' },
  waiting: { kk: 'күтілуде', ru: 'ожидание', en: 'waiting' },
  officerTile: { kk: 'Кезекші көрсетті', ru: 'Вывел дежурный', en: 'Put here by the officer' },
  reconnecting: { kk: 'Қайта қосылу, {n}-әрекет', ru: 'Переподключение, попытка {n}', en: 'Reconnecting, attempt {n}' },
  unknownCamera: { kk: 'Белгісіз камера', ru: 'Неизвестная камера', en: 'Unknown camera' },
  unknownWall: {
    kk: '«{id}» қабырғасы не экраны жоқ',
    ru: 'Нет стены или экрана «{id}»',
    en: 'There is no wall or screen “{id}”',
  },
  noLinkLong: {
    kk: 'Байланыс жоқ {age}. Көріп тұрғаныңыз {time}. Желі мен өзекті тексеріңіз',
    ru: 'Нет связи {age}. Вы видите {time}. Проверьте сеть и ядро',
    en: 'No link {age}. You see {time}. Check the network and the hub',
  },
  camerasDown: {
    kk: '{n} экранда сурет жоқ: бейне желісін тексеріңіз',
    ru: 'Нет изображения на {n} {n|экране|экранах|экранах}: проверьте видеосеть',
    en: 'No picture on {n} {n|tile|tiles}: check the video network',
  },
  overview: { kk: 'Қала картасы', ru: 'Карта города', en: 'City map' },
});

/** What a service's row says in large. */
export const rowWords: Record<RowState, LocalizedText> = {
  queued: { kk: 'Жіберілмеді', ru: 'Не отправлено', en: 'Not sent yet' },
  sent: { kk: 'Жіберілді', ru: 'Отправлено', en: 'Sent' },
  delivered: { kk: 'Әлі қабылдамады', ru: 'Ещё не приняли', en: 'Not accepted yet' },
  accepted: { kk: 'Қабылдады', ru: 'Приняли', en: 'Accepted' },
  'en-route': { kk: 'Жолда', ru: 'В пути', en: 'En route' },
  'on-scene': { kk: 'Орнында', ru: 'На месте', en: 'On scene' },
  completed: { kk: 'Аяқтады', ru: 'Завершили', en: 'Completed' },
  rejected: { kk: 'Бас тартты', ru: 'Отказались', en: 'Declined' },
  failed: { kk: 'Жеткізілмеді, хабарласыңыз', ru: 'Не доставлено, звоните', en: 'Not delivered, call' },
};
