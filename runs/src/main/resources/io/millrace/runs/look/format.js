// Formats figures as text; an unknown figure is a dash. The rules are those of the report.

export const NONE = '–';

const known = value => typeof value === 'number' && Number.isFinite(value);
/** With a true minus, and without any where only zeros follow. */
const minus = text => text.replace(/^-(?=[0.]+$)/, '').replace('-', '−');
const decimals = digits => value => known(value) ? minus(value.toFixed(digits)) : NONE;

/** Four decimals. */
export const score = decimals(4);

/** Three decimals. */
export const share = decimals(3);

/** A whole number with thousands separators. */
export const count = value => known(value) ? minus(Math.round(value).toLocaleString('en-US')) : NONE;

/** Four decimals with a sign; without one where they are zeros. */
export const signed = value => known(value) ? (value >= .00005 ? '+' : '') + score(value) : NONE;

/** A share in per cent, one decimal below ten. */
export function percent(value) {
  if (!known(value)) {
    return NONE;
  }
  const percent = value * 100;
  const whole = Math.abs(percent) >= 9.95 || Math.abs(percent - Math.round(percent)) < .05;
  return minus(percent.toFixed(whole ? 0 : 1)) + ' %';
}

/** Decimal units: 1 kB is 1,000 bytes. */
export function bytes(value) {
  if (!known(value)) {
    return NONE;
  }
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let unit = 0;
  while (Math.abs(value) >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return value.toFixed(unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2) + ' ' + units[unit];
}

/** Events per second, with at most three significant digits. */
export function rate(value) {
  return known(value) ? count(value >= 1000 ? Number(value.toPrecision(3)) : value) + '/s' : NONE;
}

export function seconds(value) {
  if (!known(value)) {
    return NONE;
  }
  if (value < 10 && value % 1) {
    return value.toFixed(2) + ' s';
  }
  return value < 90 ? Math.round(value) + ' s'
    : value < 5400 ? Math.round(value / 60) + ' min'
    : (value / 3600).toFixed(1) + ' h';
}

const DAY = 86400000;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = number => String(number).padStart(2, '0');

/** A day of event time, UTC. */
export const day = ms => new Date(ms).getUTCDate() + ' ' + MONTHS[new Date(ms).getUTCMonth()];

const clock = ms => two(new Date(ms).getUTCHours()) + ':' + two(new Date(ms).getUTCMinutes());

/** A window or moment as short as it can be: the day alone at midnight. */
export const moment = ms => !known(ms) ? NONE : ms % DAY === 0 ? day(ms) : day(ms) + ' ' + clock(ms);

/** To the minute, UTC. */
export const time = ms => !known(ms) ? NONE : new Date(ms).toISOString().slice(0, 16).replace('T', ' ');

/** Fields by number where two names differ in the number at their end alone, else by text. */
export const natural = (a, b) => a.localeCompare(b, 'en', { numeric: true });

/** The first of some names, and how many more there are. */
export const someOf = (names, most) => names.slice(0, most).join(', ') + (names.length > most ? ' and ' + (names.length - most) + ' more' : '');

export const plural = (n, noun) => count(n) + ' ' + noun + (n === 1 ? '' : 's');
