// Alerts of the change detectors, and the streams that they watch.
import { bodyOf, empty, fill, gist, h, select, table, figures } from './dom.js';
import { count, moment, NONE, percent, plural, score, share, someOf } from './format.js';
import { lines, place, style } from './charts.js';
import { newestFirst, store } from './store.js';

const STREAMS = { new_traffic: 'traffic on new ids', psi: 'popularity (PSI)', loss: 'loss', ne: 'normalised entropy', label_rate: 'label rate', teacher_ne: 'teacher’s normalised entropy' };
const DETECTORS = { adwin: 'ADWIN', page_hinkley: 'Page–Hinkley', kswin: 'KSWIN' };
const FORMATS = { new_traffic: percent, label_rate: percent, psi: share, loss: score };
const SHOWN = 12;
const REFRESHES = 10;

const chosen = { stream: '' };
const about = line => [line.field, line.arm].filter(name => name).join(' ');
const streamOf = line => [line.stream, line.field ?? '', line.arm ?? ''].join('|');
const nameOf = key => {
  const [stream, field, arm] = key.split('|');
  return [STREAMS[stream] ?? stream, [field, arm].filter(name => name).join(' ')].filter(name => name).join(', ');
};
const formatOf = line => FORMATS[line.stream] ?? score;

/** Begin and end of an incident; alerts of one sub-window have one time. */
const span = ({ begin, end }) => moment(begin) + (end > begin ? ' to ' + moment(end) : '');

export function drawAlerts() {
  const body = bodyOf('alerts');
  const alerts = newestFirst(store.alerts);
  gist('alerts', alerts.length ? plural(store.briefing.incidents.length, 'incident') : store.pulse.length ? 'none' : '');
  if (!alerts.length && !store.pulse.length) {
    fill(body, empty(store.metrics.length
      ? 'No alert. The run has no values of watched streams yet.'
      : 'Detectors watch loss, label rate and traffic on new ids within each window. Nothing to report yet.'));
    return;
  }
  if (!body.querySelector('.list')) {
    fill(body, h('p', { class: 'hint' }), h('ol', { class: 'list alerts' }), h('div', { class: 'older' }), h('div', { class: 'refreshes' }), h('div', { class: 'stream' }));
  }
  const incidents = [...store.briefing.incidents].reverse();
  fill(body.querySelector('.hint'), alerts.length ? plural(alerts.length, 'alert') + ' in ' + plural(incidents.length, 'incident') + ', newest first; times are event times, UTC.' : 'No alert: no stream has changed beyond what is expected.');
  fill(body.querySelector('.alerts'), incidents.slice(0, SHOWN).map(incident => h('li', { class: incident.severity },
    h('time', { datetime: new Date(incident.begin).toISOString() }, span(incident)),
    h('span', { class: 'badge' }, incident.severity),
    h('span', { class: 'message' }, incident.moved.charAt(0).toUpperCase() + incident.moved.slice(1) + '. ', h('em', {}, incident.action), ' ',
      h('button', { type: 'button', class: 'link', onclick: () => showStream(incident.stream) }, 'Show it in the chart')))));
  const older = body.querySelector('.older');
  const open = older.querySelector('details')?.open;
  fill(older, alerts.length ? figures('Figures of all alerts', table('Alerts', ['time', 'stream', 'of', 'detector', 'value', 'mean before'],
    alerts.map(line => [moment(line.time), STREAMS[line.stream] ?? line.stream, about(line) || NONE, DETECTORS[line.detector] ?? line.detector, formatOf(line)(line.value), formatOf(line)(line.before)]))) : []);
  if (open) {
    older.querySelector('details').open = true;
  }
  drawRefreshes(body.querySelector('.refreshes'));
  drawStream(body.querySelector('.stream'), alerts);
}

/** Maps that were built within windows, and why. */
function drawRefreshes(box) {
  const all = newestFirst(store.refreshes);
  const seeds = new Set(all.map(line => line.seed));
  fill(box, all.length ? [
    h('h3', {}, 'Maps built within windows'),
    h('p', { class: 'hint' }, 'Students switched to them at once; ' + (all.length > REFRESHES ? 'the newest ' + REFRESHES + ' of ' + count(all.length) + '.' : 'newest first.')),
    h('ul', {}, all.slice(0, REFRESHES).map(line => h('li', {},
      'Maps were rebuilt at ' + moment(line.time) + ': ' + someOf(line.causes, 6) + (seeds.size > 1 ? ' (seed ' + line.seed + ')' : '')))),
  ] : []);
}

/** Draws the stream of an incident, and goes there. */
function showStream(stream) {
  chosen.stream = stream;
  drawAlerts();
  bodyOf('alerts').querySelector('.stream').scrollIntoView({ block: 'nearest' });
}

/** One stream over time; of several seeds the first. */
function drawStream(box, alerts) {
  const streams = [...new Set([...alerts, ...store.pulse].map(streamOf))];
  if (!store.pulse.length) {
    fill(box);
    return;
  }
  if (!streams.includes(chosen.stream)) {
    chosen.stream = streams[0];
  }
  if (box.dataset.streams !== streams.join()) {
    box.dataset.streams = streams.join();
    fill(box, h('h3', {}, 'Watched streams'), h('div', { class: 'controls' },
      select('Stream', streams.map(key => [key, nameOf(key)]), chosen.stream, value => { chosen.stream = value; drawAlerts(); })), place(''));
  }
  box.querySelector('select').value = chosen.stream;
  const [first] = store.pulse;
  const points = newestFirst(store.pulse.filter(line => streamOf(line) === chosen.stream && line.seed === first.seed && typeof line.value === 'number')).reverse();
  const own = alerts.filter(line => streamOf(line) === chosen.stream);
  const plot = box.querySelector('.plot');
  const step = points.length > 1 ? points[1].time - points[0].time : 1;
  const format = FORMATS[chosen.stream.split('|')[0]] ?? score;
  plot.setAttribute('aria-label', nameOf(chosen.stream) + ': ' + count(points.length) + ' values, ' + plural(own.length, 'alert'));
  if (points.length) {
    lines(plot, {
      windows: points.map(line => ({ start: line.time - step, end: line.time })),
      format,
      marks: own.map(line => ({ x: line.time, text: 'alert', colour: '--bad' })),
      series: [{ name: nameOf(chosen.stream), look: { ...style(2), dash: [] }, y: points.map(line => line.value) }],
    });
  }
}
