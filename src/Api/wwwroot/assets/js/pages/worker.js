// One worker: how it is, what it offers, its log, and the switches.
import { h, replace, settle } from '../dom.js';
import { differencesOf, fleetName, isInvalid, serviceState, tagList, tagsOf, whyIdle, workerBadges } from '../fleet.js';
import { follow } from '../follow.js';
import { duration, number, percent } from '../format.js';
import { badge, button, dialog, emptyState, facts, meter, panel, snippet } from '../parts.js';
import { functionPanels } from '../functions-view.js';
import { workerLog } from '../worker-log.js';

const DONE = {
  on: 'switched on',
  off: 'switched off: running tasks end, new ones do not come',
  drain: 'drains: running tasks end, new ones do not come',
};
const ASKED = {
  on: ['Switch this worker on?', 'It takes tasks again. A drain ends too.'],
  off: ['Switch this worker off?', 'The worker goes into maintenance: what runs ends, new tasks go elsewhere or wait.'],
  drain: ['Drain this worker?', 'The balancer gives it no more tasks until it is switched on, after restarts too. The '
    + 'worker itself is not asked; what runs ends.'],
};

/** Shows the page of the worker that the address names. */
export async function mountWorker(root, context) {
  const { id } = context.params;
  const log = workerLog(context, id);
  const top = h('div', { class: 'stack' });
  const offers = h('div', { class: 'stack' });
  const state = { worker: null, offered: null, update: null };
  root.append(h('p', { class: 'back' }, h('a', { href: '#/workers' }, 'All workers')), top, offers, log.element);
  log.element.hidden = true;

  let workers = [];
  const show = () => {
    const worker = workers.find(each => each.id === id);
    if (!worker) {
      state.worker = state.offered = null;
      log.element.hidden = true;
      replace(context.actions);
      replace(offers);
      replace(top, emptyState({ title: 'This worker is not known', text: 'It is not in workers.json (any more).' }));
      return;
    }
    state.worker = worker;
    log.element.hidden = false;
    context.setTitle(worker.url);
    settle(context.actions, h('div', { class: 'toolbar' },
      switches(worker).map(name => switchButton(name, state, context))));
    settle(top, h('div', { class: 'stack' }, overview(worker), isInvalid(worker) && invalidPanel(worker, workers)));
    // Functions change seldom, and a table that somebody reads should not move.
    const offered = JSON.stringify([worker.group, worker.contract, worker.functions]);
    if (offered !== state.offered) replace(offers, functionPanels(worker));
    state.offered = offered;
  };
  state.update = worker => {
    workers = workers.map(each => each.id === id ? worker : each);
    show();
  };
  await follow(context, 'workers', '/workers', body => {
    workers = body.workers;
    show();
  });
}

function overview(worker) {
  const why = whyIdle(worker);
  return panel({ title: fleetName(worker), note: workerBadges(worker) },
    h('div', { class: 'panel-body' },
      why && h('p', { class: 'notice' }, why),
      facts([
        ['Slots', meter(worker.slots.used, worker.slots.limit, { label: 'Slots in use' })],
        ['Waiting inside', number(worker.slots.queue)],
        ['CPU', percent(worker.system?.cpuLoad)],
        ['Memory of its machine', percent(worker.system ? worker.system.usedMemoryPercent / 100 : null)],
        ['Up for', duration(worker.system ? worker.system.uptime * 1000 : null)],
        ['WebSocket port', worker.websocketPort || 'none'],
        ['Key in workers.json', worker.hasKey ? 'yes' : 'no'],
        ['Owned by', worker.node],
        ['Services', services(worker.services)],
        ['Tags', tagList(tagsOf(worker.tags))],
      ])));
}

function services(list) {
  if (!list?.length) return 'none';
  return h('ul', { class: 'plain-list' }, list.slice(0, 50).map(service => {
    const state = serviceState(service);
    return h('li', null, `${service.name} `, badge(state, state === 'up' ? {} : { tone: 'bad' }));
  }));
}

function invalidPanel(worker, workers) {
  const reference = workers.find(each => each.group === worker.group && each.contract === worker.contract
    && each.contractValid && each.functions?.length > 0);
  const differences = reference ? differencesOf(worker, reference) : [];
  return panel({ title: 'Invalid: it gets no tasks', class: 'panel-bad' },
    h('div', { class: 'panel-body' },
      h('p', null, worker.contractMismatchReason),
      differences.length > 0 && h('div', { class: 'table-scroll', role: 'region',
        tabindex: 0, 'aria-label': 'Differences' },
        h('table', { class: 'table differences' },
          h('caption', { class: 'hidden-text' }, 'What differs'),
          h('thead', null, h('tr', null, h('th', { scope: 'col' }, 'Differs in'),
            h('th', { scope: 'col' }, 'This worker'),
            h('th', { scope: 'col' }, `The others (${reference.url})`))),
          h('tbody', null, differences.map(({ where, here, there }) => h('tr', null,
            h('td', { dataset: { label: 'Differs in' } }, where),
            h('td', { dataset: { label: 'This worker' } }, h('code', null, here)),
            h('td', { dataset: { label: 'The others' } }, h('code', null, there))))))),
      h('p', { class: 'hint' }, 'All workers of one group and contract must offer the same functions with the same '
        + 'parameters. Give what changed a new contract number, or bring the workers to one version.')));
}

function switches(worker) {
  const names = [];
  if (worker.status === 'maintenance' || worker.draining) names.push('on');
  if (worker.status === 'ready') names.push('off');
  if (!worker.draining) names.push('drain');
  return names;
}

function switchButton(name, state, context) {
  const label = { on: 'Switch on', off: 'Switch off', drain: 'Drain' }[name];
  return button(label, () => turn(name, label, state, context), { kind: name === 'on' ? 'primary' : undefined });
}

async function turn(name, label, { worker, update }, context) {
  const [title, text] = ASKED[name];
  // A drain is the balancer's own: only what the worker itself is asked needs its key.
  const isAsked = name === 'off' || (name === 'on' && worker.status !== 'ready');
  const key = !isAsked || worker.hasKey ? null : h('input', { class: 'input', type: 'password',
    autocomplete: 'off', id: 'worker-key', maxlength: 4096 });
  const body = [h('p', null, text), h('p', { class: 'break mono' }, worker.url), key && keyField(key, worker.url)];
  if (!await dialog({ title, body, confirm: label, kind: name === 'on' ? 'primary' : 'danger' })) return;
  const headers = key?.value ? { 'x-wr-auth': key.value } : {};
  try {
    update(await context.api.post(`/workers/${worker.id}/${name}`, null, headers));
    context.announce(`${worker.url} ${DONE[name]}.`);
  } catch (error) {
    if (error.code === 'worker_key_missing') await explainKey(worker.url);
    else if (error.name !== 'AbortError') context.announce(`${label} failed: ${error.message}`, 'bad');
  }
}

function keyField(input, url) {
  return [
    h('label', { class: 'field' }, h('span', { class: 'field-label' }, 'Key of the worker (its AUTH_KEY)'), input,
      h('span', { class: 'field-hint' },
        'workers.json has no authKey for it. The key is used this once and not kept.')),
    h('details', null, h('summary', null, 'How to set it for good'), snippet(entryOf(url))),
  ];
}

const entryOf = url => `{ "url": ${JSON.stringify(url)}, "authKey": "its AUTH_KEY" }`;

function explainKey(url) {
  return dialog({
    title: 'The key of this worker is missing',
    body: [h('p', null,
      'A worker switches itself on and off only for who knows its key. Give it in workers.json, in the '
      + 'place of the plain address; the file is read again when it changes:'), snippet(entryOf(url))],
    confirm: 'Understood',
    cancel: 'Close',
  });
}
