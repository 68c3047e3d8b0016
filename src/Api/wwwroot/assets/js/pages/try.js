// A form to try a function, made from the parameters that its workers declare.
import { h, replace, setText } from '../dom.js';
import { fetchBounded } from '../bounded.js';
import { brief, fleetName } from '../fleet.js';
import { follow } from '../follow.js';
import { count, duration } from '../format.js';
import { payloadView } from '../json-view.js';
import { badge, button, choice, emptyState, panel } from '../parts.js';
import { schemaForm } from '../schema-form.js';

export const title = 'Try a function';

const PRIORITY_MAX = 2_097_152;

/** Shows the page. */
export function mount(root, context) {
  const chosen = { fleet: null, function: context.query.get('function') ?? '' };
  const wanted = context.query.has('group') ? `${context.query.get('group')} / ${context.query.get('contract')}` : null;
  const picks = h('div', { class: 'try-picks' });
  const form = h('div', null);
  const answer = h('div', { 'aria-live': 'polite' });
  let fleets = new Map();
  let known = null;
  let shown = null;

  const draw = () => {
    const names = [...fleets.keys()];
    if (names.length === 0) {
      replace(picks);
      replace(form, emptyState({ title: 'No worker to try',
        text: 'Functions are known as soon as a worker answers.' }));
      shown = null;
      return;
    }
    chosen.fleet = [chosen.fleet, wanted, names[0]].find(name => fleets.has(name));
    const fleet = fleets.get(chosen.fleet);
    const functions = fleet.functions.map(each => each.name);
    if (!functions.includes(chosen.function)) chosen.function = functions[0] ?? '';
    replace(picks,
      pick('Group / contract', choice(names, chosen.fleet, name => { chosen.fleet = name; redraw(); })),
      pick('Function', choice(functions, chosen.function, name => { chosen.function = name; redraw(); })),
      h('p', { class: 'hint try-serving' }, fleet.serving > 0 ? `${count(fleet.serving, 'worker')} serving`
        : 'No worker of it serves now: a task would fail or wait.'));
    const declared = fleet.functions.find(each => each.name === chosen.function);
    // What somebody typed stays, unless the function itself is another one now.
    const mark = JSON.stringify([chosen.fleet, declared, fleet.needsKey]);
    if (mark === shown) return;
    shown = mark;
    replace(form, declared ? callForm(context, fleet, declared, answer)
      : emptyState({ title: 'It offers no function' }));
  };
  const redraw = () => {
    const { group, contract } = fleets.get(chosen.fleet);
    context.setQuery({ group, contract: String(contract), function: chosen.function });
    const focused = [...picks.querySelectorAll('select')].indexOf(document.activeElement);
    replace(answer);
    draw();
    picks.querySelectorAll('select')[focused]?.focus();
  };
  root.append(panel({ title: 'Call', class: 'try-call' },
    h('div', { class: 'panel-body stack' }, picks, form)), answer);
  return follow(context, 'workers', '/workers', ({ workers }) => {
    fleets = fleetsOf(workers);
    // Slots move every second; what this page shows of workers seldom does.
    const mark = JSON.stringify([...fleets]);
    if (mark !== known) draw();
    known = mark;
  });
}

// Each group and contract with what most of its workers offer: that is what the valid ones have.
function fleetsOf(workers) {
  const fleets = new Map();
  for (const worker of workers) {
    if (worker.group === null || worker.group === undefined || !worker.contractValid) continue;
    const name = fleetName(worker);
    const fleet = fleets.get(name)
      ?? { group: worker.group, contract: worker.contract, functions: [], serving: 0, needsKey: false };
    if (fleet.functions.length === 0) fleet.functions = worker.functions ?? [];
    if (worker.serving) fleet.serving++;
    if (!worker.hasKey) fleet.needsKey = true;
    fleets.set(name, fleet);
  }
  return new Map([...fleets].sort(([one], [other]) => one.localeCompare(other, 'en', { numeric: true })));
}

function callForm(context, fleet, declared, answer) {
  const schema = schemaForm(declared.params);
  const mode = { value: 'sync' };
  const modes = h('fieldset', { class: 'checks inline' }, h('legend', { class: 'field-label' }, 'Mode'),
    [['sync', 'Wait for the answer (sync)'], ['async', 'Send it and go on (async)']].map(([value, label]) =>
      h('label', { class: 'check' }, h('input', { type: 'radio', name: 'mode', value, checked: value === mode.value,
        'on:change': () => { mode.value = value; } }), label)));
  const priority = numberField('Priority', `1 is the highest, ${PRIORITY_MAX.toLocaleString('en')} the lowest.`);
  const key = fleet.needsKey ? keyField() : null;
  const submit = h('button', { class: 'button button-primary', type: 'submit' }, 'Send');
  const form = h('form', { class: 'stack', novalidate: true, autocomplete: 'off',
    'aria-label': `Call of ${brief(declared.name)}`,
    'on:submit': async event => {
      event.preventDefault();
      if (submit.disabled) return;
      const isFine = priority.check();
      const { input, faults } = schema.read();
      if (!isFine || faults.length > 0) {
        if (faults.length === 0) priority.input.focus();
        setText(said, `${count(faults.length + (isFine ? 0 : 1), 'field')} to put right.`);
        return;
      }
      setText(said, '');
      submit.disabled = true;
      try {
        await call(context, answer, { ...fleet, name: declared.name, input,
          mode: mode.value, priority: priority.input.valueAsNumber },
          key?.input.value ?? '');
      } finally {
        submit.disabled = false;
      }
    } },
  schema.element, h('div', { class: 'try-options' }, modes, priority.element, key?.element));
  const said = h('span', { class: 'field-error', role: 'status' });
  form.append(h('div', { class: 'toolbar' }, submit, said));
  return form;
}

async function call(context, answer, { group, contract, name, input, mode, priority }, key) {
  const stop = new AbortController();
  const signal = AbortSignal.any([context.signal, stop.signal]);
  const waiting = h('p', { class: 'panel-body' }, 'Waiting for the answer… ');
  replace(answer, panel({ title: 'Answer',
    actions: button('Stop waiting', () => stop.abort(), { small: true }) }, waiting));
  const started = performance.now();
  try {
    const headers = { 'content-type': 'application/json', ...key && { 'x-wr-auth': key } };
    const body = JSON.stringify({ group, contract, function: name, input, mode, priority });
    const response = await fetchBounded('/task', { method: 'POST', body, headers, signal });
    replace(answer, answerPanel(context, response, performance.now() - started, mode));
  } catch (error) {
    if (context.signal.aborted) return;
    const text = error.name === 'AbortError' ? 'Nobody waits for it any more. A task that has begun may still end well.'
      : error.message;
    replace(answer, panel({ title: 'Answer' }, h('p', { class: 'panel-body' }, text)));
  }
}

function answerPanel(context, response, ms, mode) {
  const note = [badge(response.ok ? 'succeeded' : 'failed',
    { label: response.ok ? (mode === 'sync' ? 'answered' : 'accepted')
    : `${response.status}` }), ` after ${duration(ms)}`];
  const id = response.taskId ?? taskIdOf(response.text);
  return panel({ title: 'Answer',
    note, actions: id && h('a', { class: 'button button-small', href: `#/tasks/${id}` }, 'Open the task') },
    h('div', { class: 'panel-body stack' },
      !response.ok && h('p', { class: 'notice is-bad' }, response.error),
      payloadView(response.text, { complete: response.complete, label: 'Answer', announce: context.announce })));
}

function taskIdOf(text) {
  try {
    const { taskId } = JSON.parse(text);
    return /^[0-9a-f-]{32,36}$/i.test(taskId) ? taskId : null;
  } catch {
    return null;
  }
}

function pick(label, select) {
  return h('label', { class: 'field' }, h('span', { class: 'field-label' }, label), select);
}

function numberField(label, hint) {
  const error = h('p', { class: 'field-error', id: 'try-priority-error' });
  const input = h('input', { class: 'input', id: 'try-priority', type: 'number', min: 1,
    max: PRIORITY_MAX, step: 1, value: '1',
    'aria-describedby': 'try-priority-hint try-priority-error' });
  const element = h('div', { class: 'field' }, h('label', { for: 'try-priority', class: 'field-label' }, label), input,
    h('p', { class: 'hint', id: 'try-priority-hint' }, hint), error);
  return {
    element,
    input,
    check() {
      const isFine = Number.isInteger(input.valueAsNumber) && input.valueAsNumber >= 1
        && input.valueAsNumber <= PRIORITY_MAX;
      setText(error, isFine ? '' : `Must be a whole number from 1 to ${PRIORITY_MAX.toLocaleString('en')}.`);
      if (isFine) input.removeAttribute('aria-invalid');
      else input.setAttribute('aria-invalid', 'true');
      return isFine;
    },
  };
}

function keyField() {
  const input = h('input', { class: 'input', id: 'try-key', type: 'password', autocomplete: 'off', maxlength: 4096,
    'aria-describedby': 'try-key-hint' });
  return { input, element: h('div', { class: 'field' }, h('label', { for: 'try-key', class: 'field-label' },
    'Key of the worker (x-wr-auth)'), input, h('p', { class: 'hint', id: 'try-key-hint' },
    'Not every worker of it has an authKey in workers.json. Sent with this call only, and not kept.')) };
}
