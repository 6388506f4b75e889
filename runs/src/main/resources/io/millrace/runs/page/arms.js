// The arms: compared at a glance, quality by window with map switches, regret after each switch.
import { bodyOf, choice, empty, figures, fill, gist, h, select, table } from './dom.js';
import { bytes, count, moment, NONE, percent, plural, score, share, signed, someOf } from './format.js';
import { lines, place, scatter, style, swatch } from './charts.js';
import { newestFirst, store } from './store.js';

const MEASURES = {
  ne: { name: 'Normalised entropy', short: 'NE', hint: 'Log loss over that of predicting the mean click rate; lower is better.', format: score },
  auc: { name: 'AUC', short: 'AUC', hint: 'Share of click and no-click pairs in the right order; higher is better.', format: score },
  logloss: { name: 'Log loss', short: 'Log loss', hint: 'Mean negative log likelihood of the labels; lower is better.', format: score },
  calibration: { name: 'Calibration', short: 'Calibration', hint: 'Mean prediction over click rate; 1 is best.', format: share },
  label_rate: { name: 'Label rate', short: 'Label rate', hint: 'Share of events that were clicked; the same for all arms.', format: percent },
};
const BUCKETS = { '': 'all events', unseen: 'rarest id never seen', few: 'seen 1–9 times', some: 'seen 10–99 times', many: 'seen 100 times or more' };

const chosen = { measure: 'ne', bucket: '' };
const mean = values => values.length ? values.reduce((a, b) => a + b, 0) / values.length : null;
const known = values => values.filter(value => typeof value === 'number');

/** Mean of the values that are known, weighted by the events of their lines. */
function weighted(lines, value) {
  const all = lines.filter(line => Number.isFinite(value(line)));
  const events = all.reduce((sum, line) => sum + line.events, 0);
  return events ? all.reduce((sum, line) => sum + line.events * value(line), 0) / events : null;
}

/** Lines by arm, seed and window; if a restart has repeated a line, the last one counts. */
export class Arms {
  constructor(metrics, run) {
    const inFile = (run.config?.arms ?? []).map(arm => arm.name);
    const config = Object.fromEntries((run.config?.arms ?? []).map(arm => [arm.name, arm]));
    this.hash = arm => config[arm]?.hash ?? '';
    this.lines = new Map();
    const starts = new Map();
    for (const line of metrics) {
      this.lines.set(line.arm + '|' + line.seed + '|' + line.window_start, line);
      starts.set(line.window_start, { start: line.window_start, end: line.window_end });
    }
    this.windows = [...starts.values()].sort((a, b) => a.start - b.start);
    // Full and modulo first, then as in the job file: lines come in any order.
    const rank = arm => { const first = ['full', 'modulo'].indexOf(this.hash(arm)); return first < 0 ? 2 + inFile.indexOf(arm) : first; };
    this.order = (a, b) => rank(a) - rank(b);
    this.names = [...new Set(metrics.map(line => line.arm))].sort(this.order);
    this.seeds = new Set(metrics.map(line => line.seed));
  }

  style(arm) {
    return style(this.names.indexOf(arm));
  }

  /** Lines of an arm and window, one for each seed. */
  at(arm, window) {
    return [...this.seeds].map(seed => this.lines.get(arm + '|' + seed + '|' + window.start)).filter(line => line);
  }

  /** A value for each window: mean over seeds, null where there is none. */
  perWindow(arm, value) {
    return this.windows.map(window => mean(known(this.at(arm, window).map(value))));
  }

  /** Windows that every arm has closed, as arms are compared on the same events. */
  common() {
    return this.windows.filter(window => this.names.every(arm => this.at(arm, window).length));
  }

  /** Mean over the last half of the common windows by their events, first within a seed. */
  late(arm, value) {
    const common = this.common();
    const windows = common.slice(Math.floor(common.length / 2));
    const bySeed = [...this.seeds].map(seed => weighted(windows.map(window => this.lines.get(arm + '|' + seed + '|' + window.start)).filter(line => line), value));
    return mean(known(bySeed));
  }

  /** The value in an arm's last window. */
  newest(arm, value) {
    return this.perWindow(arm, value).findLast(v => v !== null) ?? null;
  }

  /** Switches to new maps: from `switches.jsonl` or, without it, where a window's map is newer. */
  switches() {
    if (store.switches.length) {
      return store.switches.filter(line => line.accepted !== false).map(line => ({ arm: line.arm, x: line.time, version: line.map_version, refresh: this.refreshOf(line) }));
    }
    return this.names.flatMap(arm => this.perWindow(arm, line => line.map_version).flatMap((version, i, all) => {
      const { start, end } = this.windows[i];
      const refresh = store.refreshes.findLast(line => line.time >= start && line.time < end);
      return version > (all[i - 1] ?? 0) ? [{ arm, x: refresh?.time ?? start, version, refresh }] : [];
    }));
  }

  /** The refresh that a switch belongs to; none if its maps were built at the end of a window. */
  refreshOf(line) {
    const refresh = store.refreshes.findLast(other => other.seed === line.seed && other.time <= line.time);
    return refresh && !this.windows.some(window => window.end > refresh.time && window.end <= line.time) ? refresh : undefined;
  }
}

export const arms = () => new Arms(store.metrics, store.run);

const of = line => chosen.bucket ? line.buckets?.[chosen.bucket]?.[chosen.measure] : line[chosen.measure];

/** A mark for each time at which any arm switched to a new map; solid for a refresh. */
function switchMarks(all) {
  const at = new Map();
  for (const one of all.switches()) {
    const version = Math.max(at.get(one.x)?.version ?? 0, one.version);
    at.set(one.x, { x: one.x, version, text: 'map ' + version, colour: one.refresh ? '--warn' : undefined });
  }
  return [...at.values()].sort((a, b) => a.x - b.x);
}

/** The chart of a measure over time, its choices, and the figures behind it. */
export function drawQuality() {
  const body = bodyOf('quality');
  const all = arms();
  if (!all.windows.length) {
    fill(body, empty('The first figures come when the first window has closed. Every event is predicted before it is learned.'));
    return;
  }
  gist('quality', plural(all.windows.length, 'window'));
  if (!body.querySelector('.plot')) {
    const offered = Object.entries(MEASURES).filter(([key]) => store.metrics.some(line => typeof line[key] === 'number'));
    fill(body,
      h('p', { class: 'hint' }),
      h('div', { class: 'controls' },
        choice('measure', 'Measure', offered.map(([key, m]) => [key, m.short]), chosen.measure, value => { chosen.measure = value; drawQuality(); }),
        select('Events', Object.entries(BUCKETS), chosen.bucket, value => { chosen.bucket = value; drawQuality(); })),
      h('ul', { class: 'legend' }),
      place(''),
      h('p', { class: 'axis' }, 'window of event time, UTC'),
      figures('Figures'));
  }
  const measure = MEASURES[chosen.measure];
  const ofBucket = chosen.bucket ? ', ' + BUCKETS[chosen.bucket] : '';
  const marks = switchMarks(all);
  fill(body.querySelector('.hint'), measure.hint + ' ' + (all.seeds.size > 1 ? 'Means over ' + all.seeds.size + ' seeds.' : '')
    + (marks.length ? ' Dashed: students switched to a new map of ids to rows.' : '')
    + (marks.some(mark => mark.colour) ? ' Solid: the map was built within the window, after a change (see Alerts).' : ''));
  fill(body.querySelector('.legend'), all.names.map(arm => h('li', {}, swatch(all.style(arm)), arm)));
  const plot = body.querySelector('.plot');
  const newest = all.names.map(arm => arm + ' ' + measure.format(all.newest(arm, of))).join(', ');
  plot.setAttribute('aria-label', measure.name + ofBucket + ' of ' + plural(all.names.length, 'arm') + ' over ' + plural(all.windows.length, 'window') + '; newest: ' + newest + '. Arrow keys read out windows.');
  lines(plot, {
    windows: all.windows,
    format: measure.format,
    marks,
    levels: chosen.measure === 'calibration' ? [{ y: 1, text: '' }] : [],
    series: all.names.map(arm => ({ name: arm, look: all.style(arm), y: all.perWindow(arm, of) })),
  });
  const rows = all.windows.map((window, w) => [moment(window.start), count(all.perWindow(all.names[0], line => line.events)[w]),
    ...all.names.map(arm => measure.format(all.perWindow(arm, of)[w]))]).reverse();
  fillFigures(body.querySelector('.figures'), table(measure.name + ofBucket + ' by window, newest first', ['window', 'events', ...all.names], rows));
}

function fillFigures(details, content) {
  details.querySelector('.scroll')?.remove();
  details.append(content);
}

/** The arms at a glance: their quality and bytes as a table, and beside it as a chart. */
export function drawArms() {
  const body = bodyOf('arms');
  const all = arms();
  if (!all.windows.length) {
    fill(body, empty('The arms are compared when a window has closed. Every event is predicted before it is learned.'));
    return;
  }
  if (!body.querySelector('.plot')) {
    fill(body,
      h('div', { class: 'beside' },
        h('div', { class: 'glance' }),
        h('figure', {}, h('figcaption', {}, h('strong', {}, 'Normalised entropy against bytes served'), ' ', h('span', {}, 'down and to the left is better')), place('', 'tall'))),
      h('p', { class: 'hint' }),
      h('div', { class: 'behind' }));
  }
  const common = all.common().length;
  const mean = (arm, key) => all.late(arm, line => line[key]);
  const newest = (arm, key) => all.newest(arm, line => line[key]);
  const total = arm => all.newest(arm, line => line.embedding_bytes + line.map_bytes + (line.linear_bytes ?? 0));
  const to = arm => store.briefing.arms?.[arm] ?? {};
  fill(body.querySelector('.hint'), 'NE: log loss over that of predicting the mean click rate; lower is better. AUC: higher is better. Means of the last '
    + (common - Math.floor(common / 2)) + ' of ' + plural(common, 'window') + ' that all arms have closed. Δ: difference from the plain hash with about the same bytes or, without one, the same rows, on the same events. Bytes: rows, map and linear part as served, without MLPs.');
  const points = all.names.map(arm => ({ name: arm, look: all.style(arm), x: total(arm), y: mean(arm, 'ne') }))
    .filter(point => point.x > 0 && point.y !== null);
  const plot = body.querySelector('.plot');
  plot.setAttribute('aria-label', 'Normalised entropy against bytes served: ' + points.map(p => p.name + ' ' + bytes(p.x) + ', ' + score(p.y)).join('; '));
  if (points.length) {
    scatter(plot, { points, xTitle: 'bytes served, logarithmic', yTitle: 'normalised entropy', format: score, formatX: bytes });
  }
  const head = arm => [swatch(all.style(arm)), arm];
  fill(body.querySelector('.glance'), table('Arms compared', ['arm', 'NE', 'AUC', 'bytes', 'Δ NE', 'Δ AUC', 'Δ against'],
    all.names.map(arm => [head(arm), score(mean(arm, 'ne')), score(mean(arm, 'auc')), bytes(total(arm)), to(arm).ne ?? NONE, to(arm).auc ?? NONE, to(arm).against ?? NONE])));
  const behind = body.querySelector('.behind');
  const open = [...behind.querySelectorAll('details')].map(part => part.open);
  fill(behind, figures('Advanced: rows, bytes by part, log loss, calibration',
    table('Further figures of the arms', ['arm', 'rows', 'bytes of rows', 'of map', 'of linear part', 'served with MLPs', 'while training', 'log loss', 'calibration', 'map'],
      all.names.map(arm => [head(arm), count(newest(arm, 'rows')), bytes(newest(arm, 'embedding_bytes')), bytes(newest(arm, 'map_bytes')), bytes(newest(arm, 'linear_bytes') ?? 0), bytes(newest(arm, 'serving_bytes')), bytes(newest(arm, 'training_bytes')),
        score(mean(arm, 'logloss')), share(mean(arm, 'calibration')), newest(arm, 'map_version') > 0 ? 'v' + newest(arm, 'map_version') : NONE]))), ...regret(all));
  behind.querySelectorAll('details').forEach((part, i) => { part.open = !!open[i]; });
}

/** The regret of switches to new maps, if the job measured it. */
function regret(all) {
  if (!store.switches.length) {
    return [];
  }
  const refreshed = store.refreshes.length > 0;
  const cause = line => {
    const refresh = all.refreshOf(line);
    return refresh ? someOf(refresh.causes, 2) : 'end of window';
  };
  const lines = newestFirst(store.switches);
  const dropped = lines.filter(line => line.accepted === false).length;
  return [figures('Regret after map switches',
    h('p', { class: 'hint' }, 'Log loss over the events after a switch, minus that of a copy that kept the old map. Below 0 the new map is better.'),
    ...(dropped ? [h('p', {}, 'On trial ' + count(dropped) + ' of ' + count(lines.length) + ' new maps were dropped: their arms kept the maps before.')] : []),
    table('Map switches, newest first', ['arm', 'switched at', ...(refreshed ? ['because of'] : []), 'map', 'before', 'events', 'log loss', 'with the old map', 'regret', 'new map'],
      lines.map(line => [line.arm, moment(line.time), ...(refreshed ? [cause(line)] : []), 'v' + line.map_version, line.before_version ? 'v' + line.before_version : NONE, count(line.events), score(line.logloss), score(line.shadow_logloss), signed(line.regret), line.accepted === false ? 'dropped' : 'taken'])))];
}
