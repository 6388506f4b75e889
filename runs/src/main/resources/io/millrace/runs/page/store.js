// The page's data: lines of the run's files as they grow, asked for once a second.

const FILES = ['metrics', 'drift', 'counts', 'switches', 'refreshes', 'alerts', 'pulse', 'warnings'];
const OTHERS = ['run', 'models', 'names', 'briefing'];

export const store = {
  status: { state: 'starting', phase: '', total: 0, flink: '', run_dir: '', report: false, live: null },
  flow: null,
  run: {},
  models: [],
  names: {},
  briefing: { arm: null, sentence: '', command: '', findings: [], incidents: [], arms: {} },
  ...Object.fromEntries(FILES.map(name => [name, []])),
};

/** Lines with a time, the newest first. */
export const newestFirst = lines => [...lines].sort((line, other) => other.time - line.time);

const cursors = {};

/** Tells this page apart from others that are open. */
const tab = Math.random().toString(36).slice(2);

/** Stores an answer; returns the names of what has changed. */
function take(answer) {
  const changed = new Set(['flow']);
  if (JSON.stringify(answer.status) !== JSON.stringify(store.status)) {
    changed.add('status');
  }
  store.status = answer.status;
  store.flow = answer.flow;
  for (const [name, file] of Object.entries(answer.files)) {
    cursors[name] = file.cursor;
    store[name] = file.reset ? file.lines : store[name].concat(file.lines);
    changed.add(name);
  }
  for (const [name, key] of [['run', 'facts'], ['models', 'versions'], ['names', 'fields'], ['briefing', 'facts']]) {
    if (answer[name]) {
      cursors[name] = answer[name].cursor;
      store[name] = answer[name][key];
      changed.add(name);
    }
  }
  return changed;
}

/** Asks once. */
async function ask() {
  const query = new URLSearchParams({ tab });
  for (const name of [...FILES, ...OTHERS]) {
    query.set(name, cursors[name] ?? '');
  }
  const response = await fetch('/api/news?' + query, { signal: AbortSignal.timeout(15000) });
  const answer = await response.json();
  if (!response.ok) {
    throw new Error(answer.error);
  }
  return { changed: take(answer), more: Object.values(answer.files).some(file => file.more) };
}

const soon = ms => new Promise(done => setTimeout(done, ms));

/**
 * Asks again and again.
 *
 * @param onChange gets the names of what has changed
 * @param onLost gets the error when answers stop; called once each time
 */
export async function follow(onChange, onLost) {
  let lost = false;
  for (;;) {
    let pause = document.hidden ? 5000 : 1000;
    try {
      const { changed, more } = await ask();
      if (lost) {
        changed.add('status');
      }
      lost = false;
      onChange(changed);
      pause = more ? 0 : pause;
    } catch (problem) {
      if (!lost) {
        onLost(problem);
      }
      lost = true;
      pause = 3000;
    }
    await soon(pause);
  }
}
