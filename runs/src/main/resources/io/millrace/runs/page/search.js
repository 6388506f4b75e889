// Looks up a raw value or an id: how often it came, its rows, the ids that share them, and its last moves.
import { announce, bodyOf, empty, fill, h, table } from './dom.js';
import { count, moment, NONE, percent, plural } from './format.js';
import { store } from './store.js';

/** The form; results are put below it. */
export function drawSearch() {
  const body = bodyOf('search');
  if (!body.querySelector('form')) {
    fill(body,
      h('form', { role: 'search', onsubmit: event => { event.preventDefault(); look(); } },
        h('label', {}, h('span', {}, 'Raw value or id'), h('input', { type: 'search', name: 'q', autocomplete: 'off', spellcheck: 'false', maxlength: 200, required: true })),
        h('label', {}, h('span', {}, 'Field'), h('select', { name: 'field' }, h('option', { value: '' }, 'any'))),
        h('button', {}, 'Look up')),
      h('p', { class: 'hint examples' }),
      h('div', { class: 'results' }));
  }
  const fields = [...new Set([...Object.keys(store.names), ...store.drift.filter(line => line.kind !== 'dense').map(line => line.field)])];
  const list = body.querySelector('select');
  if (list.options.length !== fields.length + 1) {
    const before = list.value;
    fill(list, h('option', { value: '' }, 'any'), fields.map(field => h('option', { value: field }, field)));
    list.value = fields.includes(before) ? before : '';
  }
  const examples = Object.entries(store.names).slice(0, 6).filter(([, hot]) => hot.length);
  fill(body.querySelector('.examples'), examples.length ? ['Most frequent: ', ...examples.map(([field, hot]) =>
    h('button', { type: 'button', class: 'link', onclick: () => look(hot[0].value, field) }, field + '=' + shown(hot[0].value)))] : []);
}

const shown = value => value === '' ? '(empty)' : value;

async function look(text, field) {
  const form = bodyOf('search').querySelector('form');
  if (text !== undefined) {
    form.q.value = text;
    form.field.value = field;
  }
  const results = bodyOf('search').querySelector('.results');
  try {
    const answer = await fetch('/api/search?' + new URLSearchParams({ q: form.q.value, field: form.field.value }), { signal: AbortSignal.timeout(60000) });
    const found = await answer.json();
    if (!answer.ok) {
      throw new Error(found.error);
    }
    fill(results, found.matches.length ? found.matches.map(match) : empty('No field knows “' + found.query + '”: it is not among the most frequent values, nor in any map that is kept.'));
    announce(plural(found.matches.length, 'match').replace('matchs', 'matches'));
  } catch (problem) {
    fill(results, h('p', { class: 'problem' }, 'The search failed: ' + problem.message));
  }
}

const nameOf = (field, member) => member.value === null ? h('span', { class: 'id' }, 'id ' + member.id) : field + '=' + shown(member.value);

function match(found) {
  return h('article', {},
    h('h3', {}, found.value === null ? found.field + ', id ' + found.id : found.field + '=' + shown(found.value)),
    h('dl', { class: 'facts' },
      fact('id', found.id),
      fact('seen in the run', found.seen === null ? 'not among the most frequent' : (found.seen_exactly ? '' : 'at least ') + count(found.seen) + ' times')),
    found.maps.length ? h('div', { class: 'kinds' }, found.maps.map(map => kind(found, map))) : h('p', { class: 'hint' }, 'The field has no map: each id has a row of its own, or a plain hash.'));
}

const fact = (name, value) => h('div', {}, h('dt', {}, name), h('dd', {}, value));

/** The rows of an id in one kind of map. */
function kind(found, map) {
  const [first, rows] = map.cold_rows;
  const head = h('h4', {}, map.spec + ', version ' + map.version);
  if (!map.known) {
    return h('div', { class: 'kind' }, head, h('p', {}, 'Unknown to this map: it is hashed to one of the ' + count(rows) + ' rows from row ' + count(first) + ' on.'), moves(map));
  }
  return h('div', { class: 'kind' }, head, map.rows.map(row => h('div', {},
    h('p', {}, 'Row ' + count(row.row) + ' of ' + count(map.rows_in_all) + ', ' + (row.ids === 1 ? 'which no other id shares' : 'shared by ' + plural(row.ids, 'id'))
      + '. Its count in the map is ' + count(map.count) + (row.ids > 1 && row.count > 0 ? ', ' + percent(map.count / row.count) + ' of the row’s.' : '.')),
    row.ids > 1 ? table('In row ' + row.row + ', most frequent first', ['value', 'count', 'of the row'],
      row.members.map(member => [nameOf(found.field, member), count(member.count), row.count > 0 ? percent(member.count / row.count) : NONE])) : null)), moves(map));
}

const moves = map => table('Its rows in the last maps', ['map', 'end of window', 'row', 'count', 'move'],
  [...map.moves].reverse().map(move => ['v' + move.version, moment(move.window_end), move.row === undefined ? 'unknown' : count(move.row), move.count === undefined ? NONE : count(move.count),
    move.moved === undefined ? NONE : move.moved ? 'to other ids' : move.renumbered ? 'none: its row has a new number' : 'none']), 'numbers');
