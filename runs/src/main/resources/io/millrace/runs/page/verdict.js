// The verdict: which arm to serve, then what is abnormal and what to do. The server makes the sentences.
import { bodyOf, fill, h } from './dom.js';
import { plural } from './format.js';
import { store } from './store.js';

/** Findings that are open at first. */
const SHOWN = 4;

const item = ({ severity, text, action }) => h('li', { class: severity },
  h('span', { class: 'badge' }, severity), ' ', text, action ? h('em', {}, ' ' + action) : null);

export function drawVerdict() {
  const { sentence, command, findings } = store.briefing;
  const body = bodyOf('verdict');
  const open = body.querySelector('details')?.open ?? false;
  const more = findings.slice(SHOWN);
  fill(body,
    h('p', { class: 'lead' }, sentence || 'No verdict yet.'),
    command ? h('p', {}, h('code', {}, command)) : null,
    findings.length ? h('h3', {}, 'Abnormal') : null,
    findings.length ? h('ul', { class: 'findings' }, findings.slice(0, SHOWN).map(item)) : h('p', { class: 'hint' }, 'Nothing abnormal was found.'),
    more.length ? h('details', open ? { open: '' } : {}, h('summary', {}, plural(more.length, 'more finding')), h('ul', { class: 'findings' }, more.map(item))) : null);
}
