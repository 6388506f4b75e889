// The distribution of ids and views over the rows of a field's newest map.
import { bodyOf, empty, figures, fill, h, select, table } from './dom.js';
import { count, moment, natural, percent } from './format.js';
import { bars, place } from './charts.js';
import { store } from './store.js';

const chosen = { field: '' };

/** Each field's newest line with figures of row load. */
function loads() {
  const newest = new Map();
  for (const line of store.drift) {
    if (line.row_load && (newest.get(line.field)?.window_start ?? -Infinity) <= line.window_start) {
      newest.set(line.field, line);
    }
  }
  return newest;
}

/** The range of a bin, in powers of two: 1, 2–3, 4–7 ... ids. */
const bin = least => least < 2 ? count(least) : count(least) + '–' + count(2 * least - 1);

export function drawRows() {
  const body = bodyOf('rows');
  const all = loads();
  if (!all.size) {
    fill(body, empty(store.drift.length
      ? 'This run has no figures of row load: no field has a map yet, or the run is of an older version.'
      : 'Shows how many ids share a row once the first map has been built.'));
    return;
  }
  const fields = [...all.keys()].sort(natural);
  if (!all.has(chosen.field)) {
    chosen.field = fields[0];
  }
  if (body.dataset.fields !== fields.join()) {
    body.dataset.fields = fields.join();
    fill(body,
      h('div', { class: 'controls' }, select('Field', fields.map(field => [field, field]), chosen.field, value => { chosen.field = value; drawRows(); })),
      h('p', { class: 'hint' }), h('dl', { class: 'facts' }),
      h('div', { class: 'pair' }, h('figure', {}, h('figcaption', {}, h('strong', {}, 'Rows by their ids')), place(''), figures('Figures')), h('div', { class: 'behind' })));
  }
  const line = all.get(chosen.field);
  const load = line.row_load;
  fill(body.querySelector('.hint'), 'Map ' + line.map_spec + ', version ' + line.map_version + ', at the end of the window from ' + moment(line.window_start)
    + ': ' + count(line.mapped_ids) + ' ids in ' + count(line.rows) + ' rows.');
  const facts = [
    ['rows in use', count(load.rows_used)],
    ['most ids in a row', count(load.max_ids)],
    ['most traffic on a row', percent(load.max_traffic)],
    ['hot ids that share a row with another hot id', count(load.hot_collisions)],
  ];
  fill(body.querySelector('.facts'), facts.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))));
  const histogram = (load.ids_histogram ?? []).map(([least, rows]) => ({ name: bin(least), value: rows }));
  const plot = body.querySelector('.plot');
  plot.setAttribute('aria-label', 'Rows of ' + chosen.field + ' by the ids in them: ' + histogram.map(b => b.value + ' rows with ' + b.name).join(', '));
  bars(plot, { bars: histogram, xTitle: 'ids in the row', yTitle: 'rows', format: count });
  fill(body.querySelector('.behind'),
    table('Largest rows of ' + chosen.field, ['row', 'ids', 'traffic'], (load.largest ?? []).map(loaded => [count(loaded.row), count(loaded.ids), percent(loaded.traffic)])));
  const details = body.querySelector('.figures');
  details.querySelector('.scroll')?.remove();
  details.append(table('Rows by their ids', ['ids in the row', 'rows'], histogram.map(b => [b.name, count(b.value)])));
}
