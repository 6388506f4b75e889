// Charts of page and report, drawn by Apache ECharts as SVG: the same axes, labels and marks everywhere,
// colours of the style sheet, and the keyboard. Series differ in colour, and in dash or marker.
import { announce, h } from './dom.js';
import { doublings, extent, FONT, nice, octaves, time, widest } from './axes.js';
import { moment } from './format.js';

const { echarts } = window;

const DASHES = [[], [7, 4], [2, 3], [10, 3, 2, 3]];
const MARKERS = ['circle', 'rect', 'triangle', 'diamond'];
const LIGHT = ['#33373d', '#b95400', '#0072b2', '#007e5b', '#c2408f', '#8a6d00', '#7a4fb0', '#c0272d', '#0b7f8c', '#587a14', '#8c564b', '#4f5fd0'];
const DARK = ['#d6d8dc', '#f0a048', '#5cb8ee', '#3fcf9f', '#f08fcf', '#e6d04a', '#bb9bee', '#ff8f86', '#4fd3e0', '#b6dc6a', '#d3a48f', '#98a6ff'];

const scheme = matchMedia('(prefers-color-scheme: dark)');
const drawn = new Map();
let painted = 0;

/** The colour of the i-th series: named ones first, then hues a golden angle apart. No two are equal. */
export function palette(i, dark) {
  const named = dark ? DARK : LIGHT;
  if (i < named.length) {
    return named[i];
  }
  const hue = i * 137.508 % 360;
  const lightness = (dark ? 68 : 33) + (i % 3 - 1) * 3;
  const part = n => {
    const k = (n + hue / 30) % 12;
    const amount = .6 * Math.min(lightness, 100 - lightness) / 100;
    return Math.round(255 * (lightness / 100 - amount * Math.max(-1, Math.min(k - 3, 9 - k, 1)))).toString(16).padStart(2, '0');
  };
  return '#' + part(0) + part(8) + part(4);
}

/** Sets the colours of the first series as properties --c0, --c1 ... of the page. */
function paint(most) {
  for (; painted < most; painted++) {
    document.documentElement.style.setProperty('--c' + painted, palette(painted, scheme.matches));
  }
}

/** The look of the i-th series, the same in every chart: a colour, a dash and a marker. */
export function style(i) {
  paint(i + 1);
  return { colour: '--c' + i, dash: DASHES[i % 4], marker: MARKERS[(i + Math.floor(i / 4)) % 4] };
}

/** The value of a colour of the style sheet. */
const colour = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

scheme.addEventListener('change', () => {
  const most = painted;
  painted = 0;
  paint(most);
  drawn.forEach((_, box) => render(box));
});

const sizes = new ResizeObserver(entries => entries.forEach(({ target }) => render(target)));

/** A box for a chart, with keyboard focus. */
export function place(label, size = '') {
  return h('div', { class: ('plot ' + size).trim(), tabindex: 0, role: 'img', 'aria-label': label });
}

/** The symbol beside a name in a legend. */
export function swatch(look, thin = false) {
  const NS = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(NS, 'svg');
  const line = document.createElementNS(NS, 'line');
  for (const [name, value] of Object.entries({ viewBox: '0 0 30 10', class: 'swatch', 'aria-hidden': 'true' })) {
    svg.setAttribute(name, value);
  }
  for (const [name, value] of Object.entries({ x1: 1, x2: 29, y1: 5, y2: 5, 'stroke-dasharray': (thin ? [1, 5] : look.dash).join(' ') })) {
    line.setAttribute(name, value);
  }
  line.style.stroke = 'var(' + look.colour + ')';
  svg.append(line);
  return svg;
}

/**
 * Draws a chart now, and again when its size or the colour scheme changes; one in a closed section waits
 * until it is opened.
 *
 * @param chart `option` of a width and height; `length`, the number of places for the arrow keys; `said`, the
 *     text of a place; `target` of a place: series and index
 */
function draw(box, chart) {
  for (const old of drawn.keys()) {
    if (!old.isConnected) {
      echarts.getInstanceByDom(old)?.dispose();
      sizes.unobserve(old);
      drawn.delete(old);
    }
  }
  const first = !drawn.has(box);
  drawn.set(box, { ...chart, at: -1 });
  if (first) {
    box.addEventListener('keydown', event => step(box, event));
    box.addEventListener('blur', () => point(box, -1));
    sizes.observe(box); // which renders it
  } else {
    render(box);
  }
}

function render(box) {
  const [width, height] = [box.clientWidth, box.clientHeight];
  if (!drawn.has(box) || !width || !height) {
    return;
  }
  let chart = echarts.getInstanceByDom(box);
  if (!chart) {
    chart = echarts.init(box, null, { renderer: 'svg' });
  } else if (chart.getWidth() !== width || chart.getHeight() !== height) {
    chart.resize();
  }
  chart.setOption({ animation: false, textStyle: { fontFamily: FONT }, ...drawn.get(box).option(width, height) }, true);
}

/** Arrow keys move from place to place, and the figures there are shown and read out. */
function step(box, event) {
  const { at, length, said } = drawn.get(box);
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: length - 1, Escape: -1 }[event.key];
  if (to === undefined || length === 0) {
    return;
  }
  event.preventDefault();
  const place = event.key === 'Escape' ? -1 : Math.max(0, Math.min(length - 1, to));
  point(box, place);
  if (place >= 0) {
    announce(said(place));
  }
}

function point(box, place) {
  drawn.get(box).at = place;
  echarts.getInstanceByDom(box)?.dispatchAction(place < 0 ? { type: 'hideTip' } : { type: 'showTip', ...drawn.get(box).target(place) });
}

const label = (size = 12) => ({ color: colour('--soft'), fontSize: size, fontFamily: FONT });

/** A value axis with given ticks. */
function axis(range, size, grid) {
  return {
    type: 'value',
    min: range.min,
    max: range.max,
    interval: range.interval,
    axisLine: { show: false },
    axisTick: { show: false },
    splitLine: { show: grid, lineStyle: { color: colour('--line') } },
    axisLabel: { ...label(size), hideOverlap: true, formatter: value => range.texts[range.ticks.findIndex(tick => Math.abs(tick - value) < range.interval / 1e3)] ?? '' },
  };
}

/** Title of an axis, in the middle below or, turned, beside it. */
const title = (text, gap) => text ? { name: text, nameLocation: 'middle', nameGap: gap, nameTextStyle: label() } : {};

/** The box of figures at the pointer; `content` of what ECharts says is there. */
const tip = (trigger, content) => ({
  trigger,
  appendToBody: true,
  transitionDuration: 0,
  backgroundColor: colour('--card'),
  borderColor: colour('--line'),
  textStyle: { color: colour('--ink'), fontSize: 13, fontFamily: FONT },
  padding: [7, 11],
  axisPointer: { type: 'line', snap: true, lineStyle: { color: colour('--soft'), type: 'solid' } },
  formatter: found => content(Array.isArray(found) ? found[0].dataIndex : found.dataIndex),
});

/** A head, and rows of look, name and figure. */
const shown = (head, rows) => h('div', { class: 'tip' }, head ? h('b', {}, head) : null,
  rows.map(([look, name, text]) => h('div', {}, look ? swatch(look) : null, h('span', {}, name), h('em', {}, text))));

/**
 * Lines over windows.
 *
 * @param spec `series`: name, look, `y` for each of `windows` (null for none), `low` and `high` of a band,
 *     `thin` for a floor; `windows`: start and end; `format` of values; `marks`: x, text, colour; `levels`: y,
 *     text; `small`; `least`, `most` that the axis shows at least
 */
export function lines(box, spec) {
  const at = i => spec.series.filter(series => Number.isFinite(series.y[i]));
  draw(box, {
    option: (width, height) => lineOption(spec, width, height, at),
    length: spec.windows.length,
    said: i => moment(spec.windows[i].start) + ': ' + at(i).map(series => series.name + ' ' + spec.format(series.y[i])).join(', '),
    target: i => ({ seriesIndex: Math.max(0, spec.series.findIndex(series => Number.isFinite(series.y[i]))), dataIndex: i }),
  });
}

function lineOption(spec, width, height, at) {
  const { windows, series, small, format } = spec;
  const size = small ? 11 : 12;
  const [least, most] = extent(series.flatMap(one => [...one.y, ...one.low ?? [], ...one.high ?? []]));
  const y = nice(Math.min(least, spec.least ?? Infinity), Math.max(most, spec.most ?? -Infinity), small ? 3 : 5, format);
  const named = !small && width > 520 && series.length > 1 ? series.filter(one => !one.thin) : [];
  const grid = { left: widest(y.texts, size) + 12, right: named.length ? widest(named.map(one => one.name)) + 18 : 14, top: spec.marks?.length ? 20 : 10, bottom: 24 };
  const inner = { width: width - grid.left - grid.right, height: height - grid.top - grid.bottom };
  const x = time(windows, inner.width, small);
  const middle = windows.map(window => (window.start + window.end) / 2 - x.origin);
  const data = values => middle.map((place, i) => [place, Number.isFinite(values[i]) ? values[i] : null]);
  return {
    grid,
    tooltip: tip('axis', i => shown(moment(windows[i].start), at(i).map(one => [one.look, one.name, format(one.y[i])]))),
    xAxis: { ...axis(x, size, false), axisLine: { show: true, onZero: false, lineStyle: { color: colour('--line') } } },
    yAxis: axis(y, size, true),
    series: [
      ...series.map((one, i) => ({
        type: 'line',
        name: one.name,
        data: data(one.y),
        connectNulls: true,
        symbol: one.look.marker,
        symbolSize: small ? 5 : 8,
        showSymbol: !one.thin && windows.length <= 60,
        itemStyle: { color: colour(one.look.colour) },
        lineStyle: { width: one.thin ? 1.6 : 2, type: one.thin ? [1, 5] : one.look.dash.length ? one.look.dash : 'solid', cap: 'round' },
        emphasis: { lineStyle: { width: 2 } },
        markLine: i ? undefined : { symbol: 'none', silent: true, data: [...marks(spec.marks ?? [], x, inner.width), ...levels(spec.levels ?? [], y)] },
      })),
      ...series.flatMap(one => one.low ? band(one, data) : []),
    ],
    graphic: named.length ? ends(named, y, grid, inner, middle, x) : [],
  };
}

/** A band from the least to the greatest, as two stacked lines. */
function band(series, data) {
  const shape = { type: 'line', stack: series.name, symbol: 'none', silent: true, lineStyle: { opacity: 0 }, tooltip: { show: false } };
  return [
    { ...shape, data: data(series.low) },
    { ...shape, data: data(series.high.map((high, i) => high - series.low[i])), areaStyle: { color: colour(series.look.colour), opacity: .13 } },
  ];
}

/** Vertical lines with a word at their top where there is room, such as switches to a map; faint if there are many. */
function marks(all, x, width) {
  let free = -Infinity;
  const scale = width / (x.max - x.min);
  return all.map(mark => ({ ...mark, place: mark.x - x.origin }))
    .filter(({ place }) => place >= x.min && place <= x.max)
    .map(mark => {
      const [at, half] = [(mark.place - x.min) * scale, widest([mark.text ?? ''], 11) / 2];
      const show = !!mark.text && at - half > free;
      free = show ? at + half + 4 : free;
      return {
        xAxis: mark.place,
        name: mark.text,
        label: { show, formatter: mark.text ?? '', position: 'end', distance: 3, ...label(11) },
        lineStyle: { color: colour(mark.colour ?? '--soft'), type: mark.colour ? 'solid' : [3, 3], width: mark.colour ? 1.5 : 1, opacity: all.length * 14 > width ? .3 : 1 },
      };
    });
}

/** Horizontal lines with a word at their left, such as a threshold. */
const levels = (all, y) => all.filter(level => level.y >= y.min && level.y <= y.max).map(level => ({
  yAxis: level.y,
  name: level.text,
  label: { show: !!level.text, formatter: level.text ?? '', position: 'insideStartTop', ...label(11) },
  lineStyle: { color: colour('--soft'), type: [4, 4], width: 1 },
}));

/** Names at the right ends of lines, moved apart where they would touch. */
function ends(named, y, grid, inner, middle, x) {
  const bottom = grid.top + inner.height;
  const names = named.map(one => ({ one, last: one.y.findLastIndex(value => Number.isFinite(value)) })).filter(({ last }) => last >= 0).map(({ one, last }) => {
    const at = grid.top + (y.max - one.y[last]) / (y.max - y.min) * inner.height;
    return { text: one.name, colour: colour(one.look.colour), from: grid.left + (middle[last] - x.min) / (x.max - x.min) * inner.width, at, y: at };
  }).sort((a, b) => a.y - b.y);
  const gap = Math.min(15, (inner.height + grid.top) / names.length);
  names.forEach((name, i) => { name.y = i ? Math.max(name.y, names[i - 1].y + gap) : name.y; });
  for (let i = names.length - 1, floor = bottom; i >= 0 && names[i].y > floor; i--, floor -= gap) {
    names[i].y = floor;
  }
  const right = grid.left + inner.width;
  return names.flatMap(name => [
    { type: 'line', silent: true, shape: { x1: name.from + 5, y1: name.at, x2: right + 8, y2: name.y }, style: { stroke: name.colour, lineWidth: 1 } },
    { type: 'text', silent: true, x: right + 11, y: name.y, style: { text: name.text, fill: name.colour, font: Math.min(12, gap) + 'px ' + FONT, textVerticalAlign: 'middle' } },
  ]);
}

/** Points with a name beside each: `points` with name, look, x, y and `spread` of y or null; x is logarithmic. */
export function scatter(box, spec) {
  const text = p => spec.formatX(p.x) + ', ' + spec.format(p.y) + (p.spread ? ' ± ' + spec.format(p.spread) : '');
  draw(box, {
    option: (width, height) => scatterOption(spec, width, height, text),
    length: spec.points.length,
    said: i => spec.points[i].name + ': ' + text(spec.points[i]),
    target: i => ({ seriesIndex: 0, dataIndex: i }),
  });
}

function scatterOption(spec, width, height, text) {
  const { points } = spec;
  const y = nice(...extent(points.flatMap(p => [p.y - (p.spread || 0), p.y + (p.spread || 0)])), 5, spec.format);
  const grid = { left: widest(y.texts) + 32, right: 18, top: 14, bottom: 44 };
  const inner = { width: width - grid.left - grid.right, height: height - grid.top - grid.bottom };
  const x = octaves(points.map(p => p.x), inner.width, spec.formatX);
  const at = (px, py) => [grid.left + (px - x.min) / (x.max - x.min) * inner.width, grid.top + (y.max - py) / (y.max - y.min) * inner.height];
  return {
    grid,
    tooltip: tip('item', i => shown('', [[points[i].look, points[i].name, text(points[i])]])),
    xAxis: { ...axis(x, 12, false), axisLine: { show: true, onZero: false, lineStyle: { color: colour('--line') } }, ...title(spec.xTitle, 28) },
    yAxis: { ...axis(y, 12, true), ...title(spec.yTitle, grid.left - 14) },
    series: [
      { type: 'scatter', data: points.map(p => ({ name: p.name, value: [doublings(p.x), p.y], symbol: p.look.marker, itemStyle: { color: colour(p.look.colour), opacity: 1 } })), symbolSize: 11 },
      ...points.filter(p => p.spread).map(p => ({ type: 'line', silent: true, symbol: 'none', data: [-1, 1].map(side => [doublings(p.x), p.y + side * p.spread]), lineStyle: { color: colour(p.look.colour), width: 1.5 } })),
    ],
    graphic: beside(points.map(p => ({ ...p, at: at(doublings(p.x), p.y) })), grid, inner),
  };
}

/** Names beside points: to the right or, if another name is there, on another side. */
function beside(points, grid, inner) {
  const right = grid.left + inner.width;
  const taken = points.map(({ at: [x, y] }) => [x - 7, y - 7, x + 7, y + 7]);
  return points.map(p => {
    const [[x, y], width] = [p.at, widest([p.name])];
    const places = [[11, 0], [-11 - width, 0], [-width / 2, -17], [-width / 2, 17], [11, 14], [11, -14], [-11 - width, 14], [-11 - width, -14], [11, 28], [11, -28], [-11 - width, 28], [-11 - width, -28]];
    const boxes = places.map(([dx, dy]) => [x + dx, y + dy - 7, x + dx + width, y + dy + 7]);
    const inside = boxes.filter(b => b[0] >= grid.left && b[2] <= right + grid.right && b[1] >= 0 && b[3] <= grid.top + inner.height);
    const free = inside.find(b => taken.every(t => b[2] < t[0] || b[0] > t[2] || b[3] < t[1] || b[1] > t[3])) ?? inside[0] ?? boxes[0];
    taken.push(free);
    return { type: 'text', silent: true, x: free[0], y: (free[1] + free[3]) / 2, style: { text: p.name, fill: colour(p.look.colour), stroke: colour('--card'), lineWidth: 3, font: '12px ' + FONT, textVerticalAlign: 'middle' } };
  });
}

/** Bars with their figures above them: `bars` with name and value, on an axis from 0. */
export function bars(box, spec) {
  draw(box, {
    option: (width, height) => barOption(spec, height),
    length: spec.bars.length,
    said: i => spec.bars[i].name + ': ' + spec.format(spec.bars[i].value),
    target: i => ({ seriesIndex: 0, dataIndex: i }),
  });
}

function barOption(spec, height) {
  const size = spec.small ? 11 : 12;
  const y = nice(0, extent(spec.bars.map(bar => bar.value))[1], spec.small ? 3 : 5, spec.format);
  const below = spec.xTitle ? 44 : 24;
  return {
    grid: { left: widest(y.texts, size) + (spec.yTitle ? 32 : 12), right: 12, top: 22, bottom: Math.min(below, height / 3) },
    tooltip: tip('axis', i => shown('', [[null, spec.bars[i].name, spec.format(spec.bars[i].value)]])),
    xAxis: { type: 'category', data: spec.bars.map(bar => bar.name), axisTick: { show: false }, axisLine: { lineStyle: { color: colour('--line') } }, axisLabel: { ...label(size), hideOverlap: true }, ...title(spec.xTitle, 28) },
    yAxis: { ...axis(y, size, true), ...title(spec.yTitle, widest(y.texts, size) + 18) },
    series: [{ type: 'bar', name: spec.yTitle, data: spec.bars.map(bar => bar.value), barMaxWidth: 56, itemStyle: { color: colour('--bar') }, label: { show: true, position: 'top', formatter: ({ value }) => value > 0 ? spec.format(value) : '', ...label(11) } }],
  };
}

/**
 * Lines over the last minutes without an axis of time.
 *
 * @param series name, look, and points of time and value
 * @param least of a logarithmic axis, on which smaller values are drawn at its begin; null for a linear one from 0
 */
export function spark(box, series, format, least = null) {
  const { points: times } = series[0];
  const named = series.length > 1;
  draw(box, {
    option: () => sparkOption(series, format, least, named),
    length: times.length,
    said: i => series.map(({ name, points }) => (named ? name + ' ' : '') + format(points[i][1])).join(', '),
    target: i => ({ seriesIndex: 0, dataIndex: i }),
  });
}

function sparkOption(series, format, least, named) {
  const { points: times } = series[0];
  const drawnAt = value => least && Number.isFinite(value) ? Math.max(least, value) : value;
  const y = nice(0, extent(series.flatMap(({ points }) => points.map(([, value]) => value)))[1], 2, format);
  const scale = least ? { type: 'log', min: least, splitNumber: 2, axisLabel: { ...label(11), formatter: format, hideOverlap: true }, splitLine: { lineStyle: { color: colour('--line') } } } : axis(y, 11, true);
  return {
    grid: { left: least ? 62 : widest(y.texts, 11) + 12, right: 8, top: 8, bottom: 8 },
    tooltip: tip('axis', i => shown(new Date(times[i][0]).toLocaleTimeString(), series.map(({ name, look, points }) => [named ? look : null, name, format(points[i][1])]))),
    xAxis: { type: 'value', show: false, min: times[0]?.[0], max: times.at(-1)?.[0] },
    yAxis: scale,
    series: series.map(({ name, look, points }) => ({
      type: 'line',
      name,
      data: points.map(([time, value]) => [time, drawnAt(value)]),
      connectNulls: true,
      showSymbol: false,
      itemStyle: { color: colour(look.colour) },
      lineStyle: { width: 1.5, type: named && look.dash.length ? look.dash : 'solid' },
      areaStyle: named ? undefined : { color: colour('--fade') },
    })),
  };
}
