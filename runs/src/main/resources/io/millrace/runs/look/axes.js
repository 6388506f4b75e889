// Axes of charts: round ranges, ticks, and their texts.
import { moment, percent, score, share } from './format.js';

export const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';

const context = document.createElement('canvas').getContext('2d');

/** Width of the widest of some texts, pixels. */
export function widest(texts, size = 12) {
  context.font = size + 'px ' + FONT;
  return Math.ceil(texts.reduce((most, text) => Math.max(most, context.measureText(text).width), 0));
}

/** Least and greatest of the numbers among some values. */
export function extent(values) {
  const numbers = values.filter(value => Number.isFinite(value));
  return [numbers.reduce((a, b) => Math.min(a, b), Infinity), numbers.reduce((a, b) => Math.max(a, b), -Infinity)];
}

/** A round range in at most `most` steps of 1, 2 or 5 times a power of ten, with the texts of its ticks. */
export function nice(low, high, most, format) {
  const from = Number.isFinite(low) ? low : 0;
  const to = Number.isFinite(high) && high > from ? high : from + Math.max(Math.abs(from) * .01, .001);
  const raw = (to - from) / most;
  const power = 10 ** Math.floor(Math.log10(raw));
  const interval = power * [1, 2, 5, 10].find(factor => raw <= power * factor * (1 + 1e-9));
  const digits = Math.max(0, Math.ceil(-Math.log10(interval) - 1e-9));
  const [first, last] = [Math.floor(from / interval + 1e-9), Math.ceil(to / interval - 1e-9)];
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * interval).toFixed(digits)));
  return { min: ticks[0], max: ticks.at(-1), interval, ticks, texts: texts(ticks, digits, format) };
}

/** Texts of ticks, of which no two are equal. */
function texts(ticks, digits, format) {
  const plain = value => value.toFixed(digits).replace('-', '−');
  const text = format === percent ? value => (value * 100).toFixed(Math.max(0, digits - 2)).replace('-', '−') + ' %'
    : format === score || format === share ? plain : format;
  const all = ticks.map(text);
  return new Set(all).size === all.length ? all : ticks.map(plain);
}

const OF_A_DAY = 86400000;

/** Most steps of an axis, with and without a label. */
const STEPS = 400;

const divisor = (a, b) => b ? divisor(b, a % b) : a;

/**
 * Ticks at starts of windows or, if windows are shorter, of days: evenly, as many as fit. Steps begin at the
 * left end, so they are a divisor of what lies between it and the first tick; most have no label.
 */
export function time(windows, width, small) {
  const { start: first } = windows[0];
  const length = windows[0].end - first || 1;
  const midnight = windows.find(window => window.start % OF_A_DAY === 0)?.start;
  const last = windows.at(-1).end;
  const byDay = length < OF_A_DAY && midnight !== undefined && last - midnight > OF_A_DAY
    && (last - first) / divisor(OF_A_DAY, midnight - first) < STEPS;
  const unit = byDay ? OF_A_DAY : length;
  const origin = byDay ? midnight : first;
  const clock = unit % OF_A_DAY || origin % OF_A_DAY; // such labels are longer
  const most = Math.max(1, Math.floor(width / ((small ? 62 : 78) + (clock ? 24 : 0))));
  const every = unit * Math.ceil((last - origin) / unit / most);
  const ticks = [];
  for (let tick = 0; tick <= last - origin - unit / 2; tick += every) {
    ticks.push(tick);
  }
  return { origin, min: first - origin, max: last - origin, interval: divisor(every, origin - first), ticks, texts: ticks.map(tick => moment(origin + tick)) };
}

/** Sizes are on an axis of doublings, which has round ticks also where they differ little. */
export const doublings = value => Math.log2(value / 1e6);

/** An axis of sizes, whose ticks are 1 MB times powers of two. */
export function octaves(values, width, format) {
  const [low, high] = extent(values.map(doublings));
  const interval = Math.max(1, Math.ceil((high - low + 1) / Math.max(1, Math.floor(width / 64))));
  const [first, last] = [Math.floor((low - .15) / interval), Math.ceil((high + .15) / interval)];
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => (first + i) * interval);
  return { min: ticks[0], max: ticks.at(-1), interval, ticks, texts: ticks.map(tick => format(1e6 * 2 ** tick).replace(/\.0+ /, ' ')) };
}
