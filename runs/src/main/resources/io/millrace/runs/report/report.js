// Draws the charts of the report from the JSON beside them, and the symbols of its legends and tables.
import { openTargets } from './dom.js';
import { bytes, count, percent, score, share } from './format.js';
import { bars, lines, scatter, style, swatch } from './charts.js';

const UNITS = { score, share, percent, count };
const KINDS = { lines, points: scatter, bars };
const REFERENCE = { colour: '--soft', dash: [4, 4], marker: 'none' };

const look = i => i < 0 ? REFERENCE : style(i);

const windows = Object.fromEntries([...document.querySelectorAll('script[data-windows]')].map(block =>
  [block.dataset.windows, JSON.parse(block.textContent).map(([start, end]) => ({ start, end }))]));

document.querySelectorAll('[data-look]').forEach(item => item.prepend(swatch(look(Number(item.dataset.look)), 'thin' in item.dataset)));

document.querySelectorAll('[data-chart]').forEach(box => {
  const chart = JSON.parse(box.dataset.chart);
  const styled = all => all?.map(one => ({ ...one, look: look(one.look) }));
  KINDS[chart.kind](box, {
    ...chart,
    least: chart.least ?? undefined,
    most: chart.most ?? undefined,
    windows: windows[chart.windows],
    series: styled(chart.series),
    points: styled(chart.points),
    format: UNITS[chart.unit],
    formatX: bytes,
  });
});

openTargets();
