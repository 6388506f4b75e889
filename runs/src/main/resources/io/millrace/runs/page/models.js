// The published versions that are kept: a row for each arm, which opens to all of them.
import { bodyOf, empty, fill, gist, h, table } from './dom.js';
import { bytes, count, NONE, plural, score, time } from './format.js';
import { arms } from './arms.js';
import { store } from './store.js';

/** Versions by arm, the newest first; arms as in the other sections. */
function versions() {
  const byArm = new Map();
  for (const model of store.models) {
    byArm.set(model.arm, [...byArm.get(model.arm) ?? [], model]);
  }
  const { names } = arms();
  const rank = arm => names.indexOf(arm) < 0 ? names.length : names.indexOf(arm);
  return [...byArm].sort(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b))
    .map(([arm, all]) => [arm, all.sort((a, b) => b.model_version - a.model_version)]);
}

export function drawModels() {
  const body = bodyOf('models');
  if (!store.models.length) {
    fill(body, empty('No version yet: each arm publishes its model when a window has closed.'));
    return;
  }
  const all = versions();
  const open = new Set([...body.querySelectorAll('details[open]')].map(part => part.dataset.arm));
  gist('models', plural(all.length, 'arm') + ', ' + plural(store.models.length, 'version'));
  fill(body,
    h('p', { class: 'hint' }, 'The newest version of each arm; open one for all that are kept. NE and AUC are those of the window before the version. Served with ',
      h('code', {}, 'millrace serve --model ' + store.status.run_dir + '/models/ARM'), ', which follows new versions.'),
    h('div', { class: 'versions' }, all.map(([arm, kept]) => row(arm, kept, open.has(arm)))));
}

function row(arm, kept, open) {
  const [newest] = kept;
  return h('details', { 'data-arm': arm, open },
    h('summary', {}, h('b', {}, arm), ['v' + newest.model_version, time(newest.last_event_time), bytes(newest.bytes), 'NE ' + score(newest.ne), 'AUC ' + score(newest.auc), kept.length + ' kept']
      .map(text => h('span', {}, text))),
    table('Versions of ' + arm, ['version', 'trained to, UTC', 'events learned', 'NE', 'AUC', 'maps', 'tensors', 'checksum'],
      kept.map(model => ['v' + model.model_version, time(model.last_event_time), count(model.events_learned), score(model.ne), score(model.auc), count(model.maps), bytes(model.bytes), h('code', {}, model.manifest_xxh64 ?? NONE)])));
}
