// Drift: a small chart for each field on shared axes, of one measure with its floors.
import { bodyOf, choice, empty, figures, fill, gist, h, select, table } from './dom.js';
import { count, moment, natural, NONE, percent, plural, score, share } from './format.js';
import { lines, place, style, swatch } from './charts.js';
import { store } from './store.js';

const MEASURES = {
  psi: { name: 'Popularity', hint: 'Population stability index of id frequencies, against the window before, less what chance gives. A field drifts where it is above its limit: what it usually changes, or chance explains, or at least 0.02.', series: [['psi', 'PSI'], ['psi_limit', 'limit']], format: share, least: 0, most: .1 },
  traffic: { name: 'New ids', hint: 'Share of views of ids that are new, of ids that the map does not know (unknown), and of the window before: of ids that did not come back (gone).', series: [['new_traffic', 'new'], ['cold_traffic', 'unknown'], ['gone_traffic', 'gone']], format: percent, least: 0 },
  ari: { name: 'ARI', advanced: true, hint: 'Adjusted Rand index of each map with the one before: 1 for equal maps, near 0 for unrelated ones.', ofMaps: true, series: [['ari', 'ids'], ['ari_traffic', 'traffic']], format: share, least: 0, low: true },
  nmi: { name: 'NMI', advanced: true, hint: 'Normalised mutual information of each map with the one before: 1 for equal maps.', ofMaps: true, series: [['nmi', 'ids'], ['nmi_traffic', 'traffic']], format: share, least: 0, low: true },
  jaccard: { name: 'Jaccard', advanced: true, hint: 'Of the pairs of ids that share a row in one of the maps, the share that does so in both.', ofMaps: true, series: [['jaccard', 'ids'], ['jaccard_traffic', 'traffic']], format: share, least: 0, low: true },
  moved: { name: 'Moved', hint: 'Share of ids, and of views, that changed rows when the new map came, after rows were matched by their common ids.', ofMaps: true, series: [['moved_ids', 'ids'], ['moved_traffic', 'traffic']], format: percent, least: 0, most: 1 },
  displacement: { name: 'Teacher', advanced: true, hint: 'How far ids moved in the teacher since the window before, after rotation: quantiles over ids, in units of the root mean square length.', series: [['displacement_p50', 'median'], ['displacement_p90', '90 %'], ['displacement_p99', '99 %']], format: share, least: 0 },
  procrustes: { name: 'Residual', advanced: true, hint: 'Share of the teacher’s values that no rotation of those of the window before explains.', series: [['procrustes', 'residual']], format: share, least: 0 },
};
const DENSE = {
  mean: { name: 'Mean', hint: 'Mean of the values as the model gets them.', series: [['mean', 'mean']], format: score },
  deviation: { name: 'Deviation', hint: 'Standard deviation of the values as the model gets them.', series: [['deviation', 'deviation']], format: score, least: 0 },
  missing: { name: 'Missing', hint: 'Share of events without a value.', series: [['missing', 'missing']], format: percent, least: 0 },
  ks: { name: 'KS', hint: 'Two-sample Kolmogorov–Smirnov statistic against the window before: greatest distance of the two distribution functions.', series: [['ks', 'KS']], format: share, least: 0 },
};

const chosen = { ids: 'psi', dense: 'ks', sort: 'name' };
const mean = values => values.length ? values.reduce((a, b) => a + b, 0) / values.length : null;

/** Lines of one kind by field and window; figures are means over seeds. */
class Drift {
  constructor(lines) {
    this.lines = new Map();
    const starts = new Map();
    for (const line of lines) {
      starts.set(line.window_start, { start: line.window_start, end: line.window_end });
      const field = this.lines.get(line.field) ?? new Map();
      this.lines.set(line.field, field);
      const bySeed = field.get(line.window_start) ?? new Map();
      field.set(line.window_start, bySeed.set(line.seed, line));
    }
    this.windows = [...starts.values()].sort((a, b) => a.start - b.start);
    this.fields = [...this.lines.keys()].sort(natural);
  }

  at(field, window, key) {
    const seeds = [...(this.lines.get(field).get(window.start)?.values() ?? [])];
    return mean(seeds.map(line => line[key]).filter(value => typeof value === 'number'));
  }

  values(field, key) {
    return this.windows.map(window => this.at(field, window, key));
  }

  /** Whether a window kept the map of the one before in any field. */
  keepsMaps() {
    return this.fields.some(field => this.values(field, 'map_version').some((version, i, all) => version > 0 && version === all[i - 1]));
  }

  /** Whether any field has any of a measure's figures. */
  has(measure) {
    return measure.series.some(([key]) => this.fields.some(field => this.values(field, key).some(value => value !== null)));
  }
}

const dense = line => line.kind === 'dense';

/** Draws the fields, and below them the dense columns. */
export function drawDrift() {
  const body = bodyOf('drift');
  if (!store.drift.length) {
    fill(body, empty('Drift is measured from window to window: the first figures come when a second window has closed.'));
    return;
  }
  if (!body.querySelector('.half')) {
    fill(body, h('div', { class: 'half ids' }), h('div', { class: 'half dense' }));
  }
  gist('drift', plural(new Set(store.drift.map(line => line.field)).size, 'field'));
  half(body.querySelector('.ids'), new Drift(store.drift.filter(line => !dense(line))), 'ids', MEASURES, '');
  half(body.querySelector('.dense'), new Drift(store.drift.filter(dense)), 'dense', DENSE, 'Dense columns');
}

function half(box, drift, kind, known, title) {
  const offered = Object.entries(known).filter(([, measure]) => drift.has(measure));
  if (!drift.fields.length) {
    fill(box);
    return;
  }
  if (!offered.length) {
    fill(box, empty('Each window is compared with the one before; the first has none.'));
    return;
  }
  if (!offered.some(([key]) => key === chosen[kind])) {
    chosen[kind] = offered[0][0];
  }
  const shape = offered.map(([key]) => key).join() + drift.fields.join();
  if (box.dataset.shape !== shape) {
    box.dataset.shape = shape;
    fill(box,
      title ? h('h3', {}, title) : null,
      h('div', { class: 'controls' },
        measures(kind, offered.filter(([, m]) => !m.advanced)),
        kind === 'ids' ? select('Order', [['name', 'by name'], ['most', 'most drift first']], chosen.sort, value => { chosen.sort = value; drawDrift(); }) : null),
      offered.some(([, m]) => m.advanced) ? advanced(kind, offered.filter(([, m]) => m.advanced)) : null,
      h('p', { class: 'hint' }),
      h('ul', { class: 'legend' }),
      h('div', { class: 'many' }, drift.fields.map(field => h('figure', { 'data-field': field },
        h('figcaption', {}, h('strong', {}, field), h('span', { class: 'newest' })), place('', 'small')))),
      figures('Figures of all fields'));
  }
  drawMany(box, drift, known[chosen[kind]]);
}

const measures = (kind, offered) => choice(kind, 'Measure', offered.map(([key, m]) => [key, m.name]), chosen[kind], value => { chosen[kind] = value; drawDrift(); });

/** Measures that few know, closed, each with a line that explains it. */
const advanced = (kind, offered) => figures('Advanced: agreement of maps, and movement in the teacher',
  h('div', { class: 'controls' }, measures(kind, offered)),
  h('dl', { class: 'terms' }, [...offered.map(([, m]) => [m.name, m.hint]),
    ['Floor', 'The same figure for two teachers of one window that differ only in their seed: what chance alone makes.']]
    .map(([term, means]) => [h('dt', {}, term), h('dd', {}, means)]).flat()));

/** Solid lines, so that dotted ones are floors. */
const look = i => ({ ...style([2, 1, 3][i]), dash: [] });

/** Newest figure that is there, for the head of a field's chart. */
const newest = values => values.findLast(value => value !== null) ?? null;

function drawMany(box, drift, measure) {
  const series = measure.series.filter(([key]) => drift.has({ series: [[key]] }));
  const floors = series.filter(([key]) => drift.has({ series: [['floor_' + key]] }));
  const keys = [...series.map(([key]) => key), ...floors.map(([key]) => 'floor_' + key)];
  const all = drift.fields.flatMap(field => keys.flatMap(key => drift.values(field, key))).filter(value => value !== null);
  const least = Math.min(measure.least ?? Infinity, ...all);
  const most = Math.max(measure.most ?? -Infinity, ...all);
  fill(box.querySelector('.hint'), measure.hint + (floors.length
    ? ' Dotted: the floor, the same figure for two teachers of one window, or their maps, that differ only in their seed. ' + (measure.low ? 'Below' : 'Above') + ' its floor, a line is drift.' : '')
    + (measure.ofMaps && drift.keepsMaps() ? ' A window at whose end no map was built has no value.' : '')
    + ' All fields have the same scale.');
  fill(box.querySelector('.legend'), series.length + floors.length < 2 ? [] : [
    series.map(([, name], i) => h('li', {}, swatch(look(i)), name)),
    floors.map(([, name]) => h('li', {}, swatch(look(series.findIndex(s => s[1] === name)), true), series.length > 1 ? 'floor, ' + name : 'floor'))].flat());
  const order = [...drift.fields];
  if (chosen.sort === 'most') {
    const drifted = field => (measure.low ? -1 : 1) * (newest(drift.values(field, series[0][0])) ?? -Infinity);
    order.sort((a, b) => drifted(b) - drifted(a));
  }
  for (const field of order) {
    const figure = box.querySelector('figure[data-field="' + CSS.escape(field) + '"]');
    const now = newest(drift.values(field, series[0][0]));
    figure.style.order = order.indexOf(field);
    figure.querySelector('.newest').textContent = now === null ? NONE : measure.format(now);
    const plot = figure.querySelector('.plot');
    plot.setAttribute('aria-label', field + ', ' + measure.name + ': newest ' + series.map(([key, name]) => name + ' ' + measure.format(newest(drift.values(field, key)))).join(', '));
    lines(plot, {
      windows: drift.windows,
      small: true,
      format: measure.format,
      levels: measure.levels,
      least: Number.isFinite(least) ? least : undefined,
      most: Number.isFinite(most) ? most : undefined,
      series: [
        ...series.map(([key, name], i) => ({ name, look: look(i), y: drift.values(field, key) })),
        ...floors.map(([key, name]) => ({ name: 'floor, ' + name, look: look(series.findIndex(s => s[0] === key)), thin: true, y: drift.values(field, 'floor_' + key) })),
      ],
    });
  }
  const details = [...box.querySelectorAll('.figures')].at(-1);
  details.querySelector('.scroll')?.remove();
  const heads = [...series.map(([, name]) => name), ...floors.map(([, name]) => 'floor, ' + name)];
  details.append(table(measure.name + ' by field and window', ['field', 'window', 'ids', ...heads].filter(head => head !== 'ids' || !box.classList.contains('dense')),
    drift.fields.flatMap(field => drift.windows.map(window => [field, moment(window.start),
      ...(box.classList.contains('dense') ? [] : [count(drift.at(field, window, 'ids'))]),
      ...keys.map(key => measure.format(drift.at(field, window, key)))]))));
}

/** The drift lines of ids, for other sections. */
export const idDrift = () => new Drift(store.drift.filter(line => !dense(line)));
