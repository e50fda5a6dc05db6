import type { Language } from '@kuzet/contracts/common.ts';

const zone = 'Asia/Almaty';

const parts = (epochMs: number) =>
  Object.fromEntries(
    new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      weekday: 'short',
      hourCycle: 'h23',
    })
      .formatToParts(epochMs)
      .map((part) => [part.type, part.value]),
  ) as Record<'year' | 'month' | 'day' | 'hour' | 'minute' | 'second' | 'weekday', string>;

const ms = (at: string | number): number => (typeof at === 'number' ? at : Date.parse(at));

/** `18:46:12`, the city's time. */
export function clockTime(at: string | number): string {
  const { hour, minute, second } = parts(ms(at));
  return `${hour}:${minute}:${second}`;
}

/** `18:46` */
export const shortTime = (at: string | number): string => clockTime(at).slice(0, 5);

/** Age as `04:37`; from an hour on `1:04:37`. Never below zero. */
export function timer(durationMs: number): string {
  const total = Math.max(0, Math.floor(durationMs / 1000));
  const two = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(total / 3600);
  const rest = `${two(Math.floor(total / 60) % 60)}:${two(total % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}

/** Short countdown or age without a leading zero: `3:58`, `0:12`. */
export const shortTimer = (durationMs: number): string => timer(durationMs).replace(/^0(\d:)/, '$1');

const weekdays = {
  kk: {
    Mon: 'Дүйсенбі',
    Tue: 'Сейсенбі',
    Wed: 'Сәрсенбі',
    Thu: 'Бейсенбі',
    Fri: 'Жұма',
    Sat: 'Сенбі',
    Sun: 'Жексенбі',
  },
  ru: {
    Mon: 'Понедельник',
    Tue: 'Вторник',
    Wed: 'Среда',
    Thu: 'Четверг',
    Fri: 'Пятница',
    Sat: 'Суббота',
    Sun: 'Воскресенье',
  },
  en: {
    Mon: 'Monday',
    Tue: 'Tuesday',
    Wed: 'Wednesday',
    Thu: 'Thursday',
    Fri: 'Friday',
    Sat: 'Saturday',
    Sun: 'Sunday',
  },
} as const;
const months = {
  kk: [
    'қаңтар',
    'ақпан',
    'наурыз',
    'сәуір',
    'мамыр',
    'маусым',
    'шілде',
    'тамыз',
    'қыркүйек',
    'қазан',
    'қараша',
    'желтоқсан',
  ],
  ru: [
    'января',
    'февраля',
    'марта',
    'апреля',
    'мая',
    'июня',
    'июля',
    'августа',
    'сентября',
    'октября',
    'ноября',
    'декабря',
  ],
  en: [
    'January',
    'February',
    'March',
    'April',
    'May',
    'June',
    'July',
    'August',
    'September',
    'October',
    'November',
    'December',
  ],
} as const;

/** `Жексенбі, 22 қараша 2026`. Names are our own: browsers without Kazakh data fall back to English. */
export function longDate(at: string | number, lang: Language): string {
  const { weekday, day, month, year } = parts(ms(at));
  const names = weekdays[lang] as Record<string, string>;
  return `${names[weekday]}, ${Number(day)} ${months[lang][Number(month) - 1]} ${year}`;
}

/** Decimal comma in Kazakh and Russian, a thin space between thousands. */
export function number(value: number, lang: Language, digits = 0): string {
  const [whole = '', fraction] = Math.abs(value).toFixed(digits).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ' ');
  const sign = value < 0 ? '−' : '';
  return sign + grouped + (fraction ? (lang === 'en' ? '.' : ',') + fraction : '');
}
