import { wordList } from '../i18n.ts';

export const cityWords = wordList({
  title: { kk: 'Қала', ru: 'Город', en: 'City' },
  heading: { kk: 'Астана, {date}', ru: 'Астана, {date}', en: 'Astana, {date}' },
  within: {
    kk: '{all} көрсеткіштің {ok} нормада',
    ru: 'В норме {ok} из {all}',
    en: '{ok} of {all} indicators within norm',
  },
  indicator: { kk: 'Көрсеткіш', ru: 'Показатель', en: 'Indicator' },
  now: { kk: 'Қазір', ru: 'Сейчас', en: 'Now' },
  norm: { kk: 'Норма', ru: 'Относительно нормы', en: 'Against norm' },
  response: { kk: 'Әрекет ету', ru: 'Реагирование', en: 'Response' },
  city: { kk: 'Қала', ru: 'Город', en: 'City' },
  system: { kk: 'Жүйе', ru: 'Система', en: 'System' },
  acknowledgeMedian: {
    kk: 'Кезекшінің қабылдауы, медиана',
    ru: 'Принятие дежурным, медиана',
    en: 'Taken by the officer, median',
  },
  acceptMedian: {
    kk: 'Қызметтің қабылдауы, медиана',
    ru: 'Принятие службой, медиана',
    en: 'Accepted by a service, median',
  },
  overdue: {
    kk: 'Мерзімінен асқан шақырулар, 24 сағ',
    ru: 'Вызовы без ответа в срок, 24 ч',
    en: 'Dispatches past their limit, 24 h',
  },
  history: { kk: 'Соңғы 8 сағ', ru: 'За 8 ч', en: 'Last 8 h' },
  normUpTo: { kk: 'норма {n} дейін', ru: 'норма до {n}', en: 'norm up to {n}' },
  normAtLeast: { kk: 'норма {n} және жоғары', ru: 'норма от {n}', en: 'norm {n} or more' },
  pm25: { kk: 'Ауа, PM2.5, ең жоғары', ru: 'Воздух, PM2.5, наибольшее', en: 'Air, PM2.5, highest' },
  waterLevel: { kk: 'Есіл деңгейі', ru: 'Уровень Есиля', en: 'Level of the Yesil' },
  camerasLive: { kk: 'Эфирдегі камералар', ru: 'Камеры в эфире', en: 'Cameras on air' },
  devicesOnline: { kk: 'Байланыстағы құрылғылар', ru: 'Приборы на связи', en: 'Devices online' },
  noData: { kk: 'дерек жоқ', ru: 'нет данных', en: 'no data' },
  minutes: { kk: 'мин', ru: 'мин', en: 'min' },
  byDistrict: {
    kk: 'Аудандар бойынша оқиғалар, 24 сағ',
    ru: 'События по районам, 24 ч',
    en: 'Incidents by district, last 24 h',
  },
  openNow: { kk: 'Ашық', ru: 'Открыты сейчас', en: 'Open now' },
  nothingOpen: { kk: 'Ашық оқиға жоқ', ru: 'Открытых нет', en: 'Nothing open' },
  allQuiet: { kk: 'Ерекше жағдай жоқ', ru: 'Отклонений нет', en: 'No exceptions' },
  statisticsLost: {
    kk: 'Статистика жауап бермейді',
    ru: 'Статистика не отвечает',
    en: 'Statistics do not answer',
  },
});
