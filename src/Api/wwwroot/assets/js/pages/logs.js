// The balancer's log as it is written, with a filter that the balancer applies: what is not wanted is not sent.

import { h, setText } from '../dom.js';
import { badge, button, choice, panel, searchField } from '../parts.js';
import { clock, count, moment, number } from '../format.js';
import { toLoginIfOver } from '../api.js';

export const title = 'Logs';

const kept = 2_000;
const firstLines = 200;
const levels = [['', 'All levels'], ['debug', 'Debug and up'], ['info', 'Info and up'], ['warn', 'Warnings and up'],
  ['error', 'Errors and up']];
const tones = { trace: 'idle', debug: 'idle', info: 'info', warn: 'warn', error: 'bad', fatal: 'bad', critical: 'bad' };
const retryMs = [1_000, 2_000, 5_000, 10_000];

/** Builds the page. */
export function mount(root, { query, setQuery, signal }) {
  const filter = { level: query.get('level') ?? '', contains: query.get('contains') ?? '' };
  const note = h('span', null);
  const list = h('div', { class: 'log', role: 'log', 'aria-live': 'off', 'aria-label': 'Log lines', tabindex: 0 });
  const none = h('p', { class: 'table-none' }, 'No lines yet.');
  let waiting = [];
  let paused = false;
  let frame = 0;

  const flush = () => {
    frame = 0;
    if (!paused && waiting.length > 0) {
      const follows = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
      list.append(...waiting.map(lineOf));
      waiting = [];
      while (list.children.length > kept) list.firstChild.remove();
      if (follows) list.scrollTop = list.scrollHeight;
    }
    none.hidden = list.children.length > 0;
    const shown = list.children.length === kept ? `the last ${number(kept)} lines`
      : count(list.children.length, 'line');
    setText(note, paused && waiting.length > 0 ? `${shown}, ${number(waiting.length)} more wait` : shown);
  };
  const add = line => {
    waiting.push(line);
    if (waiting.length > kept) waiting.shift();
    // A timer, not a frame: frames stop in a tab that nobody looks at.
    if (!frame) frame = setTimeout(flush, 100);
  };
  const empty = () => {
    waiting = [];
    list.replaceChildren();
    flush();
  };
  const stream = createStream(filter, { add, empty, signal, onState: text => setText(state, text) });
  const state = h('span', { class: 'muted', role: 'status' });
  const pause = button('Pause', () => {
    paused = !paused;
    pause.setAttribute('aria-pressed', String(paused));
    setText(pause.querySelector('span'), paused ? 'Go on' : 'Pause');
    flush();
  }, { icon: 'pause' });
  const change = () => {
    setQuery(filter);
    stream.open();
  };
  const search = searchField('Lines that contain', filter.contains, value => {
    filter.contains = value.trim();
    change();
  });
  const level = choice(levels, filter.level, value => {
    filter.level = value;
    change();
  }, { 'aria-label': 'Least level' });
  signal.addEventListener('abort', () => clearTimeout(frame), { once: true });
  const actions = [search, level, pause, button('Clear', empty)];
  root.append(panel({ title: 'Live', note: [note, ' ', state], actions }, none, list));
  stream.open();
}

// One stream at a time; it comes back by itself, and begins anew with the last lines.
function createStream(filter, { add, empty, signal, onState }) {
  let source = null;
  let timer = 0;
  let tries = 0;
  const close = () => {
    clearTimeout(timer);
    source?.close();
  };
  const again = () => {
    close();
    onState('The connection is lost; trying again.');
    timer = setTimeout(open, retryMs[Math.min(tries++, retryMs.length - 1)]);
    toLoginIfOver(signal);
  };
  const open = () => {
    close();
    if (signal.aborted) return;
    const query = new URLSearchParams({ follow: 'true', lines: String(firstLines) });
    for (const [name, value] of Object.entries(filter)) if (value !== '') query.set(name, value);
    const mine = new EventSource(`/logs?${query}`);
    source = mine;
    mine.addEventListener('open', () => {
      if (source !== mine) return;
      tries = 0;
      onState('');
      empty();
    });
    mine.addEventListener('error', () => source === mine && again());
    mine.addEventListener('line', event => {
      if (source !== mine) return;
      try {
        add(JSON.parse(event.data));
      } catch {
        // No line of ours.
      }
    });
  };
  signal.addEventListener('abort', close, { once: true });
  return { open };
}

function lineOf(line) {
  const level = String(line.level ?? 'info').toLowerCase();
  return h('div', { class: `log-line log-${tones[level] ?? 'idle'}` },
    h('time', { datetime: line.at, title: moment(line.at) }, clock(line.at)),
    badge(level, { tone: tones[level] ?? 'idle' }),
    h('span', { class: 'log-text' }, line.message,
      line.taskId && [' ', h('a', { href: `#/tasks/${encodeURIComponent(line.taskId)}` }, `task ${line.taskId}`)],
      line.traceId && h('span', { class: 'log-trace', title: 'Trace' }, ` trace ${line.traceId}`)));
}
