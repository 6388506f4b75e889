// The published versions that are still kept.
import { bodyOf, empty, fill, h, table } from './dom.js';
import { bytes, count, NONE, time } from './format.js';
import { store } from './store.js';

export function drawModels() {
  const body = bodyOf('models');
  if (!store.models.length) {
    fill(body, empty('No version yet: each arm publishes its model when a window has closed.'));
    return;
  }
  const newest = new Map(store.models.map(model => [model.arm, model]));
  const order = [...store.models].sort((a, b) => a.arm.localeCompare(b.arm) || b.model_version - a.model_version);
  fill(body,
    h('p', { class: 'hint' }, 'Served with ', h('code', {}, 'millrace serve --model ' + store.status.run_dir + '/models/ARM'), ', which follows new versions.'),
    table('Versions, the newest of each arm first', ['arm', 'version', 'trained to, UTC', 'events learned', 'maps', 'tensors', 'checksum'],
      order.map(model => [model.arm,
        newest.get(model.arm) === model ? h('strong', {}, 'v' + model.model_version) : 'v' + model.model_version,
        time(model.last_event_time), count(model.events_learned), count(model.maps), bytes(model.bytes), h('code', {}, model.manifest_xxh64 ?? NONE)])));
}
