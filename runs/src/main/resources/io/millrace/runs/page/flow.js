// The present state: tiles at the top, and the operators of the job with their rates and lags.
import { bodyOf, empty, figures, fill, gist, h, table } from './dom.js';
import { bytes, count, moment, NONE, percent, plural, rate, seconds } from './format.js';
import { place, spark, style, swatch } from './charts.js';
import { arms } from './arms.js';
import { store } from './store.js';

const WORDS = { gate: 'Read and check', counts: 'Count ids', maps: 'Build maps', teacher: 'Teacher', 'teacher-2': 'Second teacher' };
const nameOf = operator => WORDS[operator] ?? operator.replace(/^student-/, '').replace(/^teacher-/, 'Teacher ');
const trains = operator => /^(student|teacher)/.test(operator.name);
const totals = () => store.counts.at(-1) ?? null;
const students = flow => flow.parts.filter(operator => operator.name.startsWith('student-'));
const sum = values => values.reduce((a, b) => a + b, 0);
const DAY = 86400;

/** Least lag of the logarithmic axis, seconds. */
const LEAST_LAG = .1;

const known = value => typeof value === 'number';

/** Whether lags are worth a look: in a replay of old events they are the events' age. */
const fresh = flow => students(flow).some(({ lag, facts }) => known(facts.updates) || known(lag) && lag < DAY);

/** Events read: from Flink while the job runs, from counts.jsonl when it has ended. */
function read() {
  const line = totals();
  return store.flow && typeof store.flow.read === 'number' && !line?.complete ? Math.max(store.flow.read, line?.read ?? 0) : line?.read ?? null;
}

export function drawNow() {
  const all = arms();
  const flow = store.flow;
  const running = store.status.state === 'running';
  const behind = flow ? Math.max(0, ...flow.parts.filter(trains).map(operator => operator.behind ?? 0)) : null;
  const watermark = flow?.parts.find(operator => operator.name === 'gate')?.watermark ?? all.windows.at(-1)?.end ?? null;
  const tiles = [
    progress(),
    running && flow ? ['Now', rate(flow.rate), flow.pending === null ? '' : count(flow.pending) + ' waiting in Kafka'] : null,
    running && flow ? ['Furthest behind', count(behind), 'events, of all trainers'] : null,
    running && flow && fresh(flow) ? lag(students(flow)) : null,
    goesLive() ? mode() : null,
    ['Event time', watermark ? moment(watermark) : NONE, plural(all.windows.length, 'window') + ' closed'],
    ['Alerts', count(store.alerts.length), store.alerts.length ? plural(store.briefing.incidents.length, 'incident') + ', newest ' + moment(Math.max(...store.alerts.map(line => line.time))) : all.windows.length ? 'no change beyond what is expected' : 'none so far'],
  ];
  fill(document.getElementById('now'), tiles.filter(tile => tile).map(([name, value, note, bar]) => h('div', { class: 'tile' },
    h('p', { class: 'tilename' }, name), h('p', { class: 'value' }, value), bar ?? null, h('p', { class: 'note' }, note))));
}

function progress() {
  const now = read();
  const total = store.status.total;
  if (!total || now === null) {
    const line = totals();
    return ['Events read', count(now), line ? count(line.rejected) + ' rejected, ' + count(line.dropped_late) + ' too late' + (line.lost ? ', ' + count(line.lost) + ' lost' : '') : 'none so far'];
  }
  const part = Math.min(1, now / total);
  return ['Events read', count(now), percent(part) + ' of ' + count(total), h('progress', { value: part, max: 1, 'aria-label': 'Events read' }, percent(part))];
}

/** The greatest lag of a student, and the updates of all. */
function lag(all) {
  const lags = all.map(student => student.lag).filter(known);
  const emitting = all.filter(({ facts }) => known(facts.updates));
  return ['Learning lag', lags.length ? seconds(Math.max(...lags)) : NONE, emitting.length
    ? plural(sum(emitting.map(({ facts }) => facts.updates)), 'update') + ', ' + bytes(sum(emitting.map(({ facts }) => facts.updateBytes)))
    : 'since the newest event learned; no updates'];
}

/** Whether students first wait for maps, until they have learned what the topic held, and then go live. */
const goesLive = () => store.run.config?.student?.wait_for_maps === 'until-live';

/** Whether a student waits for maps: as its metric says or, for a job of another process, as maps/live and its windows do. */
function waits(arm) {
  const waiting = store.flow ? students(store.flow).find(({ name }) => name === 'student-' + arm)?.facts.waitsForMaps : null;
  const end = store.status.live;
  return known(waiting) ? waiting > 0 : end === null || end > 0 && !store.metrics.some(line => line.arm === arm && line.window_end >= end);
}

/** Which students are still in the replay of what the topic held, and which are live. */
function mode() {
  const names = (store.run.config.arms ?? []).map(({ name }) => name);
  const replay = names.filter(waits);
  const live = names.filter(name => !replay.includes(name));
  if (!replay.length) {
    return ['Students', 'live', store.status.live > 0 ? 'with the newest maps, since ' + moment(store.status.live) : 'with the newest maps'];
  }
  return ['Students', live.length ? count(live.length) + ' of ' + count(names.length) + ' live' : 'in replay',
    live.length ? 'in replay: ' + replay.join(', ') : 'wait for maps until the history is learned'];
}

const MISSING = {
  starting: 'The job has not started yet. Here you will see each of its operators with its rate and how far it is behind.',
  running: 'Flink starts the operators of the job; their rates come in a moment.',
};

export function drawFlow() {
  const body = bodyOf('flow');
  const live = store.status.state === 'running' && store.flow?.parts.length;
  if (live) {
    drawLive(body);
  } else if (totals()) {
    if (body.children.length !== 1 || !body.querySelector('.totals')) {
      fill(body, h('div', { class: 'totals' }));
    }
  } else {
    fill(body, empty(MISSING[store.status.state] ?? 'No events have been counted in this run.'));
  }
  gist('flow', live ? rate(store.flow.rate) : totals() ? plural(totals().read, 'event') + ' read' : '');
  const box = body.querySelector('.totals');
  if (box && totals()) {
    drawTotals(box, totals());
  }
}

function drawLive(body) {
  if (!body.querySelector('.operators')) {
    fill(body,
      h('figure', { class: 'spark' }, h('figcaption', {}, h('strong', {}, 'Events read per second'), ' ', h('span', { class: 'since' })), place('Events read per second', 'small')),
      h('div', { class: 'lags' }), h('ol', { class: 'operators' }), h('div', { class: 'totals' }), h('p', { class: 'hint cluster' }));
  }
  const { flow } = store;
  if (flow.history.length > 1) {
    spark(body.querySelector('.plot'), [{ name: 'rate', look: style(2), points: flow.history }], rate);
    body.querySelector('.since').textContent = 'last ' + seconds(Math.ceil((flow.time - flow.history[0][0]) / 10000) * 10);
  }
  const { order } = arms();
  drawLags(body.querySelector('.lags'), order);
  const stages = [
    ['Kafka', flow.pending === null ? [] : [{ name: 'events waiting', behind: flow.pending, facts: {} }]],
    ['In', flow.parts.filter(operator => operator.name === 'gate')],
    ['Maps', flow.parts.filter(({ name }) => name === 'counts' || name === 'maps' || name.startsWith('teacher'))],
    ['Students', flow.parts.filter(operator => operator.name.startsWith('student-')).sort((a, b) => order(a.name.slice(8), b.name.slice(8)))],
  ];
  fill(body.querySelector('.operators'), stages.filter(([, operators]) => operators.length).map(([title, operators]) =>
    h('li', {}, h('p', { class: 'stage' }, title), operators.map(tile))));
  renew(body.querySelector('.cluster'), [
    store.status.flink,
    flow.checkpoints ? plural(flow.checkpoints, 'checkpoint') + ', the last in ' + seconds(flow.checkpoint_ms / 1000) + ' with ' + bytes(flow.checkpoint_bytes) : 'no checkpoint yet',
    flow.checkpoints_failed ? plural(flow.checkpoints_failed, 'failed checkpoint') : null,
    flow.restarts ? plural(flow.restarts, 'restart') : 'no restart',
  ].filter(fact => fact), ([url, ...facts]) => [h('a', { href: url, rel: 'noreferrer' }, 'Flink’s own page'), ' · ' + facts.join(' · ')]);
}

/** How far the learning of each student is behind the wall clock, over the last minutes. */
function drawLags(box, order) {
  const { flow } = store;
  if (!fresh(flow) || flow.history.length < 2) {
    fill(box);
    delete box.dataset.made;
    return;
  }
  const names = Object.keys(flow.lags).sort(order);
  renew(box, names, () => h('figure', { class: 'spark' },
    h('figcaption', {}, h('strong', {}, 'Learning lag'), ' ', h('span', {}, 'wall clock less the time of the newest event learned, less windows.lateness')),
    names.length > 1 ? h('ul', { class: 'legend' }, names.map((name, i) => h('li', {}, swatch(style(i)), name))) : null,
    place('Learning lag', 'small')));
  const plot = box.querySelector('.plot');
  const newest = name => seconds(flow.lags[name].findLast(known) ?? null);
  plot.setAttribute('aria-label', 'Learning lag over the last minutes; newest: ' + names.map(name => name + ' ' + newest(name)).join(', '));
  spark(plot, names.map((name, i) => ({ name, look: style(i), points: flow.history.map(([time], t) => [time, flow.lags[name][t]]) })), seconds, LEAST_LAG);
}

/** Fills an element again only if its facts have changed, so that it keeps the focus. */
function renew(element, facts, content) {
  const made = JSON.stringify(facts);
  if (element.dataset.made !== made) {
    element.dataset.made = made;
    fill(element, content(facts));
  }
}

/** One operator: its rate, how far it is behind, and how busy its thread is. */
function tile(operator) {
  const { facts } = operator;
  const lines = [];
  if (trains(operator) || operator.name === 'events waiting') {
    lines.push([operator.name === 'events waiting' ? 'unread' : 'behind', count(operator.behind), '']);
  }
  if (known(facts.updates)) {
    lines.push(['lag', seconds(operator.lag), ''], ['updates', count(facts.updates), ''], ['update bytes', bytes(facts.updateBytes), '']);
  }
  if (facts.heldBackForMaps) {
    lines.push(['held back', count(facts.heldBackForMaps), '']);
  }
  if (goesLive() && known(facts.waitsForMaps)) {
    lines.push(['mode', facts.waitsForMaps ? 'replay' : 'live', '']);
  }
  if (facts.modelVersion) {
    lines.push(['published', 'v' + facts.modelVersion, '']);
  }
  if (facts.modelsUnpublished) {
    lines.push(['to be published', count(facts.modelsUnpublished), facts.modelsUnpublished > 1 ? 'late' : '']);
  }
  if (facts.refused) {
    lines.push(['refused', count(facts.refused), 'late']);
  }
  if (facts.mapsDropped) {
    lines.push(['maps dropped', count(facts.mapsDropped), '']);
  }
  if (operator.name === 'counts') {
    lines.push(['ids', count(facts.ids), '']);
  }
  if (operator.name === 'maps') {
    lines.push(['built', count(facts.mapsBuilt), ''], ['waiting', count(facts.buildsPending), ''], ['last build', facts.mapsBuilt ? seconds(facts.lastBuildMs / 1000) : NONE, '']);
  }
  return h('div', { class: 'operator' },
    h('p', { class: 'operatorname' }, operator.name === 'events waiting' ? 'Events' : nameOf(operator.name)),
    operator.rate === null || operator.rate === undefined ? null : h('p', { class: 'rate' }, rate(operator.rate)),
    lines.length ? h('dl', {}, lines.map(([name, value, kind]) => h('div', { class: kind || null }, h('dt', {}, name), h('dd', {}, value)))) : null,
    operator.busy === null || operator.busy === undefined ? null : h('div', { class: 'load' },
      h('meter', { min: 0, max: 1, value: Math.min(1, operator.busy), 'aria-label': 'busy' }, percent(operator.busy)),
      h('span', {}, percent(Math.min(1, operator.busy)) + ' busy' + (operator.blocked > .3 ? ', waits for slower operators' : ''))));
}

/** Event totals and CPU times, from the last line of counts.jsonl. */
function drawTotals(box, line) {
  const whole = line.read === line.trained + line.rejected + line.dropped_late;
  const stages = Object.entries(line.seconds ?? {}).filter(([, s]) => s > 0).sort((a, b) => b[1] - a[1]);
  const sum = stages.reduce((a, [, s]) => a + s, 0);
  const open = box.querySelector('details')?.open;
  renew(box, line, () => [
    h('p', { class: 'sum' }, h('span', {}, 'read ', h('b', {}, count(line.read))), ' = ', h('span', {}, 'trained ', h('b', {}, count(line.trained))), ' + ',
      h('span', {}, 'rejected ', h('b', {}, count(line.rejected))), ' + ', h('span', {}, 'too late ', h('b', {}, count(line.dropped_late))),
      h('span', { class: 'note' }, (whole ? '' : ' These do not add up.') + (line.lost ? ' ' + count(line.lost) + ' more were lost: Kafka had deleted them before they were read.' : '') + (line.complete ? ' All events of the stream.' : ' At the end of the last window.'))),
    stages.length ? figures('CPU time by stage', table('CPU time by stage, without engines’ own threads', ['stage', 'time', 'share', 'per event read'],
      stages.map(([name, s]) => [name, seconds(s), percent(s / sum), line.read ? (s / line.read * 1e6).toFixed(1) + ' µs' : NONE]))) : null,
    Object.keys(line.rejects ?? {}).length ? table('Rejected events', ['reason', 'events'], Object.entries(line.rejects).map(([reason, n]) => [reason.replaceAll('_', ' '), count(n)])) : null,
  ]);
  if (open && box.querySelector('details')) {
    box.querySelector('details').open = true;
  }
}
