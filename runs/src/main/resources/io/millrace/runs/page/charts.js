// Charts on top of Chart.js: the same axes, labels and marks everywhere, colours of the style sheet,
// and the keyboard. Series are told apart by colour, dash and marker, and named beside their ends.
import { announce, h } from './dom.js';
import { moment } from './format.js';
import { above, beside, colour, levels, marks, names } from './labels.js';

const { Chart } = window;
Chart.defaults.animation = false;
Chart.defaults.font.family = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';

const DASHES = [[], [7, 4], [2, 3], [10, 3, 2, 3]];
const MARKERS = ['circle', 'rect', 'triangle', 'rectRot'];
const drawn = new Map();

/** The look of the i-th series, the same in every chart. */
export const style = i => ({ colour: '--c' + i % 8, dash: DASHES[i % 4], marker: MARKERS[(i + Math.floor(i / 4)) % 4] });

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  drawn.forEach((draw, canvas) => canvas.isConnected ? draw() : drawn.delete(canvas));
});

/** A canvas for a chart, with keyboard focus, in a box that sets its size. */
export function place(label, size = '') {
  const canvas = h('canvas', { tabindex: 0, role: 'img', 'aria-label': label });
  return h('div', { class: ('plot ' + size).trim() }, canvas);
}

/** The symbol beside a name in a legend. */
export function swatch(look, thin = false) {
  const NS = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(NS, 'svg');
  const line = document.createElementNS(NS, 'line');
  for (const [name, value] of Object.entries({ viewBox: '0 0 30 10', class: 'swatch ' + look.colour.slice(2), 'aria-hidden': 'true' })) {
    svg.setAttribute(name, value);
  }
  for (const [name, value] of Object.entries({ x1: 1, x2: 29, y1: 5, y2: 5, 'stroke-dasharray': (thin ? [1, 5] : look.dash).join(' ') })) {
    line.setAttribute(name, value);
  }
  svg.append(line);
  return svg;
}

/** Width of the longest of some names, with its line. */
function room(texts) {
  const ctx = document.createElement('canvas').getContext('2d');
  ctx.font = '12px ' + Chart.defaults.font.family;
  return Math.max(...texts.map(text => ctx.measureText(text).width), 0) + 16;
}

/** Draws a chart now, and again when the colour scheme changes. */
function draw(canvas, config) {
  const again = () => {
    Chart.getChart(canvas)?.destroy();
    new Chart(canvas, config());
  };
  drawn.set(canvas, again);
  again();
  if (!canvas.dataset.keys) {
    canvas.dataset.keys = 'yes';
    canvas.addEventListener('keydown', event => step(canvas, event));
    canvas.addEventListener('blur', () => point(Chart.getChart(canvas), -1));
  }
}

/** Arrow keys move from window to window, and the figures there are read out. */
function step(canvas, event) {
  const chart = Chart.getChart(canvas);
  const longest = Math.max(...chart.data.datasets.map(set => set.data.length));
  const at = chart.at ?? -1;
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: longest - 1, Escape: -1 }[event.key];
  if (to === undefined || longest === 0) {
    return;
  }
  event.preventDefault();
  point(chart, event.key === 'Escape' ? -1 : Math.max(0, Math.min(longest - 1, to)));
  if (chart.at >= 0) {
    announce(chart.said(chart.at));
  }
}

function point(chart, index) {
  if (!chart) {
    return;
  }
  chart.at = index;
  const active = index < 0 ? [] : chart.data.datasets.flatMap((set, datasetIndex) =>
    set.data[index] && set.data[index].y !== null ? [{ datasetIndex, index }] : []);
  chart.setActiveElements(active);
  chart.tooltip.setActiveElements(active, { x: 0, y: 0 });
  chart.update('none');
}

const tip = () => ({
  backgroundColor: colour('--card'),
  borderColor: colour('--line'),
  borderWidth: 1,
  titleColor: colour('--ink'),
  bodyColor: colour('--ink'),
  padding: 9,
  boxPadding: 4,
  usePointStyle: true,
});

const scaleColours = () => ({
  grid: { color: colour('--line'), drawTicks: false, lineWidth: 1 },
  border: { display: false },
});

/**
 * Lines over windows.
 *
 * @param spec `series`: name, look, `y` for each of `windows` (null for none), `thin` for a floor;
 *     `windows`: start and end; `format` of values; `marks`, `levels`; `small`; `least`, `most` that
 *     the axis shows at least
 */
export function lines(canvas, spec) {
  const middle = spec.windows.map(window => (window.start + window.end) / 2);
  draw(canvas, () => ({
    type: 'line',
    data: {
      datasets: spec.series.map(series => ({
        label: series.name,
        data: middle.map((x, i) => ({ x, y: series.y[i] ?? null })),
        borderColor: colour(series.look.colour),
        backgroundColor: colour(series.look.colour),
        borderDash: series.thin ? [1, 5] : series.look.dash,
        borderCapStyle: 'round',
        borderWidth: series.thin ? 1.6 : 2,
        pointStyle: series.look.marker,
        pointRadius: series.thin ? 0 : middle.length > 60 ? 0 : spec.small ? 2 : 3.5,
        pointHoverRadius: series.thin ? 0 : 5,
        named: !series.thin,
        spanGaps: true,
      })),
    },
    options: lineOptions(spec),
    plugins: [marks, levels, names, { id: 'said', beforeInit: chart => { chart.said = i => said(spec, i); } }],
  }));
}

const said = (spec, i) => moment(spec.windows[i].start) + ': ' + spec.series
  .filter(series => series.y[i] !== null && series.y[i] !== undefined)
  .map(series => series.name + ' ' + spec.format(series.y[i])).join(', ');

function lineOptions(spec) {
  const named = !spec.small && spec.series.length > 1;
  const first = spec.windows[0]?.start;
  const last = spec.windows.at(-1)?.end;
  return {
    responsive: true,
    maintainAspectRatio: false,
    parsing: false,
    normalized: true,
    interaction: { mode: 'index', intersect: false },
    layout: { padding: { top: spec.marks?.length ? 16 : 6, right: named ? room(spec.series.filter(s => !s.thin).map(s => s.name)) : 6 } },
    scales: {
      x: {
        ...scaleColours(),
        grid: { display: false },
        border: { display: true, color: colour('--line') },
        type: 'linear',
        min: first,
        max: last,
        afterBuildTicks: axis => { axis.ticks = ticks(spec.windows, axis.width, spec.small); },
        ticks: { color: colour('--soft'), callback: moment, maxRotation: 0, autoSkip: false, font: { size: spec.small ? 11 : 12 } },
      },
      y: {
        ...scaleColours(),
        suggestedMin: spec.least,
        suggestedMax: spec.most,
        ticks: { color: colour('--soft'), callback: spec.axis ?? spec.format, maxTicksLimit: spec.small ? 4 : 7, font: { size: spec.small ? 11 : 12 }, padding: 6 },
      },
    },
    plugins: {
      legend: { display: false },
      marks: { at: spec.marks ?? [], line: colour('--soft'), ink: colour('--soft') },
      levels: { at: spec.levels ?? [], ink: colour('--soft') },
      names: { on: named },
      tooltip: {
        ...tip(),
        callbacks: {
          title: items => items.length ? moment(spec.windows[items[0].dataIndex].start) : '',
          label: item => ' ' + item.dataset.label + '  ' + spec.format(item.parsed.y),
        },
      },
    },
  };
}

const DAY = 86400000;

/** Labels at starts of windows or, if windows are shorter, of days: evenly, as many as fit. */
function ticks(all, width, small) {
  const days = all.filter(window => window.start % DAY === 0);
  const windows = days.length > 1 ? days : all;
  const clock = windows.some(window => window.start % DAY); // such labels are longer
  const most = Math.max(2, Math.floor(width / ((small ? 62 : 78) + (clock ? 20 : 0))));
  const every = Math.ceil(windows.length / most);
  return windows.filter((_, i) => i % every === 0).map(window => ({ value: window.start }));
}

/** Points with a name beside each: `points` with name, look, x and y; x is logarithmic. */
export function scatter(canvas, spec) {
  draw(canvas, () => ({
    type: 'scatter',
    data: {
      datasets: spec.points.map(p => ({
        label: p.name,
        data: [{ x: p.x, y: p.y }],
        borderColor: colour(p.look.colour),
        backgroundColor: colour(p.look.colour),
        pointStyle: p.look.marker,
        pointRadius: 6,
        pointHoverRadius: 8,
      })),
    },
    options: scatterOptions(spec),
    plugins: [beside, { id: 'said', beforeInit: chart => {
      chart.said = () => spec.points.map(p => p.name + ': ' + spec.formatX(p.x) + ', ' + spec.format(p.y)).join('; ');
    } }],
  }));
}

function scatterOptions(spec) {
  const xs = spec.points.map(p => p.x);
  const ys = spec.points.map(p => p.y);
  const spread = Math.max(...ys) - Math.min(...ys) || .01;
  const [from, to] = [Math.min(...xs) / 1.5, Math.max(...xs) * 2.2];
  return {
    responsive: true,
    maintainAspectRatio: false,
    layout: { padding: { top: 12, right: 10 } },
    scales: {
      x: {
        ...scaleColours(),
        type: 'logarithmic',
        min: from,
        max: to,
        title: { display: true, text: spec.xTitle, color: colour('--soft') },
        afterBuildTicks: axis => { axis.ticks = decades(from, to, axis.width); },
        ticks: { color: colour('--soft'), callback: spec.formatX, maxRotation: 0, autoSkip: false },
      },
      y: {
        ...scaleColours(),
        suggestedMin: Math.min(...ys) - spread * .15,
        suggestedMax: Math.max(...ys) + spread * .15,
        title: { display: true, text: spec.yTitle, color: colour('--soft') },
        ticks: { color: colour('--soft'), callback: spec.axis ?? spec.format, maxTicksLimit: 7, padding: 6 },
      },
    },
    plugins: {
      legend: { display: false },
      tooltip: { ...tip(), callbacks: { label: item => ' ' + item.dataset.label + '  ' + spec.formatX(item.parsed.x) + ', ' + spec.format(item.parsed.y) } },
    },
  };
}

/** Ticks at 1, 2 and 5 times each power of ten, or fewer if they do not fit. */
function decades(from, to, width) {
  const values = steps => {
    const all = [];
    for (let power = Math.floor(Math.log10(from)); power <= Math.log10(to); power++) {
      steps.forEach(step => all.push(step * 10 ** power));
    }
    return all.filter(value => value >= from && value <= to);
  };
  const most = width / 64;
  const fits = [[1, 2, 5], [1, 3], [1]].map(values).find(all => all.length <= most) ?? values([1]);
  return fits.map(value => ({ value }));
}

/** Bars with their figures above them: `bars` with name and value. */
export function bars(canvas, spec) {
  draw(canvas, () => ({
    type: 'bar',
    data: {
      labels: spec.bars.map(bar => bar.name),
      datasets: [{ label: spec.yTitle, data: spec.bars.map(bar => ({ x: bar.name, y: bar.value })), backgroundColor: colour('--c2'), maxBarThickness: 56, borderRadius: 2 }],
    },
    options: {
      responsive: true,
      maintainAspectRatio: false,
      layout: { padding: { top: 18 } },
      scales: {
        x: { ...scaleColours(), grid: { display: false }, title: { display: true, text: spec.xTitle, color: colour('--soft') }, ticks: { color: colour('--soft') } },
        y: { ...scaleColours(), beginAtZero: true, title: { display: true, text: spec.yTitle, color: colour('--soft') }, ticks: { color: colour('--soft'), callback: spec.format, maxTicksLimit: 6, precision: 0 } },
      },
      plugins: {
        legend: { display: false },
        tooltip: { ...tip(), callbacks: { label: item => ' ' + spec.format(item.parsed.y) + ' ' + spec.yTitle } },
      },
    },
    plugins: [above(spec.format), { id: 'said', beforeInit: chart => {
      chart.said = i => spec.bars[i].name + ': ' + spec.format(spec.bars[i].value);
    } }],
  }));
}

/**
 * Lines over the last minutes without an axis of time.
 *
 * @param series name, look, and points of time and value
 * @param levels of a logarithmic axis, which begins at the first; without them it is linear
 */
export function spark(canvas, series, format, levels = null) {
  const times = series[0].points;
  const ofSeveral = series.length > 1;
  draw(canvas, () => ({
    type: 'line',
    data: {
      datasets: series.map(({ name, look, points }) => ({
        label: name,
        data: points.map(([x, y]) => ({ x, y: levels && typeof y === 'number' ? Math.max(levels[0], y) : y })),
        borderColor: colour(look.colour),
        backgroundColor: colour('--fade'),
        borderDash: ofSeveral ? look.dash : [],
        fill: ofSeveral ? false : 'origin',
        borderWidth: 1.5,
        pointRadius: 0,
        spanGaps: true,
      })),
    },
    options: {
      responsive: true,
      maintainAspectRatio: false,
      parsing: false,
      normalized: true,
      interaction: { mode: 'index', axis: 'x', intersect: false },
      scales: {
        x: { type: 'linear', display: false, min: times[0]?.[0], max: times.at(-1)?.[0] },
        y: { ...scaleColours(), ...sparkAxis(levels), ticks: { color: colour('--soft'), callback: format, maxTicksLimit: 3, padding: 6, font: { size: 11 } } },
      },
      plugins: {
        legend: { display: false },
        tooltip: {
          ...tip(),
          displayColors: ofSeveral,
          callbacks: {
            title: items => items.length ? new Date(items[0].parsed.x).toLocaleTimeString() : '',
            label: item => (ofSeveral ? ' ' + item.dataset.label + '  ' : '') + format(series[item.datasetIndex].points[item.dataIndex][1]),
          },
        },
      },
    },
    plugins: [{ id: 'said', beforeInit: chart => {
      chart.said = i => series.map(({ name, points }) => (ofSeveral ? name + ' ' : '') + format(points[i][1])).join(', ');
    } }],
  }));
}

/** An axis from 0 or, with levels, a logarithmic one with ticks at some of them. */
const sparkAxis = levels => !levels ? { beginAtZero: true } : {
  type: 'logarithmic',
  min: levels[0],
  suggestedMax: levels[2],
  afterBuildTicks: axis => {
    const within = levels.filter(level => level <= axis.max);
    axis.ticks = within.filter((_, i) => within.length < 4 || i % 2 === (within.length - 1) % 2).map(value => ({ value }));
  },
};
