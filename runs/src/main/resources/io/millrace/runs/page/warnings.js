// Warnings: the work goes on, but its user must know.
import { bodyOf, figures, fill, gist, h } from './dom.js';
import { count, moment, plural } from './format.js';
import { newestFirst, store } from './store.js';

const SHOWN = 6;

const item = line => h('li', {},
  h('time', { datetime: new Date(line.time).toISOString() }, moment(line.time)),
  h('span', { class: 'badge' }, line.kind.replaceAll('_', ' ')),
  h('span', { class: 'message' }, line.message));

export function drawWarnings() {
  const all = newestFirst(store.warnings);
  document.getElementById('warnings').hidden = !all.length;
  gist('warnings', count(all.length));
  const body = bodyOf('warnings');
  const open = body.querySelector('details')?.open;
  fill(body, h('ol', { class: 'list' }, all.slice(0, SHOWN).map(item)),
    all.length > SHOWN ? figures(plural(all.length - SHOWN, 'older warning'), h('ol', { class: 'list' }, all.slice(SHOWN).map(item))) : null);
  if (open && body.querySelector('details')) {
    body.querySelector('details').open = true;
  }
}
