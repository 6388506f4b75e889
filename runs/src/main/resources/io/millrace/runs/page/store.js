// What the page knows of the run: lines of its files as they grow, asked for once a second.

const FILES = ['metrics', 'drift', 'counts', 'switches', 'refreshes', 'alerts', 'pulse'];
const OTHERS = ['run', 'models', 'names'];

export const store = {
  status: { state: 'starting', phase: '', total: 0, flink: '', run_dir: '', report: false },
  flow: null,
  run: {},
  models: [],
  names: {},
  ...Object.fromEntries(FILES.map(name => [name, []])),
};

/** Lines with a time, the newest first. */
export const newestFirst = lines => [...lines].sort((line, other) => other.time - line.time);

const cursors = {};

/** Takes an answer in; returns the names of what has changed. */
function take(news) {
  const changed = new Set(['flow']);
  if (JSON.stringify(news.status) !== JSON.stringify(store.status)) {
    changed.add('status');
  }
  store.status = news.status;
  store.flow = news.flow;
  for (const [name, file] of Object.entries(news.files)) {
    cursors[name] = file.cursor;
    store[name] = file.reset ? file.lines : store[name].concat(file.lines);
    changed.add(name);
  }
  for (const [name, key] of [['run', 'facts'], ['models', 'versions'], ['names', 'fields']]) {
    if (news[name]) {
      cursors[name] = news[name].cursor;
      store[name] = news[name][key];
      changed.add(name);
    }
  }
  return changed;
}

/** Asks once. */
async function ask() {
  const query = new URLSearchParams();
  for (const name of [...FILES, ...OTHERS]) {
    query.set(name, cursors[name] ?? '');
  }
  const answer = await fetch('/api/news?' + query, { signal: AbortSignal.timeout(15000) });
  if (!answer.ok) {
    throw new Error((await answer.json()).error);
  }
  const news = await answer.json();
  return { changed: take(news), more: Object.values(news.files).some(file => file.more) };
}

const soon = ms => new Promise(done => setTimeout(done, ms));

/**
 * Asks for ever.
 *
 * @param onNews gets the names of what has changed
 * @param onLost gets what went wrong; called once for each loss
 */
export async function follow(onNews, onLost) {
  let lost = false;
  for (;;) {
    let pause = document.hidden ? 5000 : 1000;
    try {
      const { changed, more } = await ask();
      if (lost) {
        changed.add('status');
      }
      lost = false;
      onNews(changed);
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
