// The page: asks for changes and draws the sections that depend on them.
import { fill, h, openTargets, say } from './dom.js';
import { drawArms, drawQuality } from './arms.js';
import { drawAlerts } from './alerts.js';
import { drawDrift } from './drift.js';
import { drawFlow, drawNow } from './flow.js';
import { drawModels } from './models.js';
import { drawRows } from './rows.js';
import { drawSearch } from './search.js';
import { follow, store } from './store.js';
import { drawVerdict } from './verdict.js';
import { drawWarnings } from './warnings.js';

const STATES = { starting: 'Starting', running: 'Learning', finished: 'Finished', failed: 'Failed', stored: 'Read from disk' };

/** Sections, and the files and figures that they are drawn from. */
const SECTIONS = [
  [drawNow, ['status', 'flow', 'counts', 'metrics', 'alerts', 'run', 'briefing']],
  [drawVerdict, ['briefing']],
  [drawWarnings, ['warnings']],
  [drawArms, ['metrics', 'switches', 'refreshes', 'run', 'briefing']],
  [drawQuality, ['metrics', 'switches', 'refreshes', 'run']],
  [drawFlow, ['status', 'flow', 'counts']],
  [drawDrift, ['drift']],
  [drawRows, ['drift']],
  [drawAlerts, ['alerts', 'refreshes', 'pulse', 'metrics', 'briefing']],
  [drawModels, ['models', 'status', 'metrics']],
  [drawSearch, ['names', 'drift']],
];

function drawHead() {
  const { state, phase, run_dir: dir, report } = store.status;
  const name = store.run.name ?? dir.split('/').at(-1);
  say(document.getElementById('name'), name);
  document.title = name + ' · ' + STATES[state] + ' · Millrace';
  const box = document.getElementById('state');
  box.dataset.state = state;
  say(box.querySelector('.words'), STATES[state] + (phase ? ': ' + phase : ''));
  fill(document.getElementById('where'), h('code', {}, dir), report ? [' · ', h('a', { href: '/report.html' }, 'report')] : '');
  const { commit, machine, command, started } = store.run;
  fill(document.getElementById('foot'), command ? 'millrace ' + command + (commit && commit !== 'unknown' ? ', commit ' + commit.slice(0, 12) : '')
    + ', started ' + started.slice(0, 16).replace('T', ' ') + ' UTC on ' + machine?.processor + ' with ' + machine?.cores + ' cores. Times of windows are event times, UTC.' : '');
}

function lost(problem) {
  const complete = store.counts.at(-1)?.complete === true; // all events were read before the process ended
  const state = store.status.state === 'failed' ? 'failed' : store.status.state === 'finished' || complete ? 'finished' : 'lost';
  const over = state !== 'lost';
  const box = document.getElementById('state');
  box.dataset.state = state;
  say(box.querySelector('.words'), over ? STATES[state] + (state === 'failed' && store.status.phase ? ': ' + store.status.phase : '')
    : 'No answer: the process has ended or cannot be reached');
  console.info('no answer: ' + problem.message);
  if (over) {
    document.body.classList.add('over');
    fill(document.getElementById('where'), 'The run is over and its process has ended; these are its last figures. ', h('code', {}, 'millrace page --run-dir ' + store.status.run_dir), ' shows it again.');
  }
}

SECTIONS.forEach(([draw]) => draw());
openTargets();
follow(changed => {
  if (changed.has('status') || changed.has('run')) {
    drawHead();
  }
  SECTIONS.filter(([, needs]) => needs.some(name => changed.has(name))).forEach(([draw]) => draw());
  document.body.dataset.ready = 'yes';
}, lost);
