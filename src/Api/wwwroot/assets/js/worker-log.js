// The log of one worker, fetched when somebody asks for it.
import { h, replace, setText } from './dom.js';
import { clock, number } from './format.js';
import { button, errorPanel, panel, searchField } from './parts.js';

const LINES_SHOWN = 1000;
const LINE_LENGTH_MAX = 4000;
const LEVEL = /^\[[^\]]{1,40}\] \[(ERROR|WARN|WARNING|FATAL)\]/;

/**
 * A panel with a worker's log.
 * @param {{api: object, signal: AbortSignal}} context
 * @param {string} id of the worker
 * @returns {{element: HTMLElement}}
 */
export function workerLog(context, id) {
  let lines = null;
  let filter = '';
  const note = h('p', { class: 'hint', role: 'status' }, 'The log stays at the worker until you fetch it.');
  const list = h('ol', { class: 'log-lines', tabindex: 0, hidden: true, 'aria-label': 'Log lines, oldest first' });
  const failure = h('div', { class: 'panel-body', hidden: true });
  const search = searchField('Filter lines', '', text => {
    filter = text.toLowerCase();
    show();
  });
  search.hidden = true;

  const show = () => {
    const found = filter ? lines.filter(line => line.toLowerCase().includes(filter)) : lines;
    const shown = found.slice(-LINES_SHOWN);
    replace(list, shown.map(line => h('li', { class: levelClass(line) }, line.slice(0, LINE_LENGTH_MAX))));
    list.hidden = shown.length === 0;
    list.scrollTop = list.scrollHeight;
    setText(note, noteOf(lines.length, found.length, shown.length));
  };

  const fetchLines = async () => {
    try {
      const answer = await context.api.get(`/workers/${id}/logs`);
      lines = (answer.logs ?? []).map(line => typeof line === 'string' ? line : JSON.stringify(line));
      failure.hidden = true;
      search.hidden = lines.length === 0;
      setText(refresh.lastChild, 'Refresh');
      show();
    } catch (error) {
      if (error.name === 'AbortError') return;
      failure.hidden = false;
      replace(failure, errorPanel(error));
    }
  };
  const refresh = button('Fetch the log', fetchLines, { small: true });
  return {
    element: panel({ title: 'Log of the worker', actions: [search, refresh], class: 'worker-log' },
      h('div', { class: 'panel-body' }, note), failure, list),
  };
}

function noteOf(all, found, shown) {
  const at = `as it was at ${clock(new Date().toISOString())}`;
  if (all === 0) return `The log is empty, ${at}.`;
  const parts = [found === all ? `${number(all)} lines` : `${number(found)} of ${number(all)} lines match`];
  if (shown < found) parts.push(`the newest ${number(shown)} are shown`);
  return `${parts.join(', ')}, ${at}.`;
}

function levelClass(line) {
  const level = LEVEL.exec(line)?.[1];
  return level ? (level.startsWith('WARN') ? 'is-warn' : 'is-bad') : null;
}
