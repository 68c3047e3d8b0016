// What workers say of themselves, made fit to be shown. All of it is foreign: of any shape, and of any length.
import { h } from './dom.js';
import { badge } from './parts.js';

const TAGS_MAX = 50;
const TEXT_MAX = 200;
const DIFFERENCES_MAX = 100;

/** @param {string} text @returns {string} the text, cut to what fits a line */
export function brief(text, length = TEXT_MAX) {
  const whole = typeof text === 'string' ? text : JSON.stringify(text) ?? '';
  return whole.length > length ? `${whole.slice(0, length)}…` : whole;
}

/**
 * The tags of a worker, whatever their shape: a list of texts or of names with values, or an object.
 * @param {unknown} tags
 * @returns {Array<string>}
 */
export function tagsOf(tags) {
  if (typeof tags !== 'object' || tags === null) return tags === null || tags === undefined ? [] : [brief(tags)];
  const entries = Array.isArray(tags)
    ? tags.map(tag => tag !== null && typeof tag === 'object' && 'name' in tag ? pair(tag.name, tag.value) : brief(tag))
    : Object.entries(tags).map(([name, value]) => pair(name, value));
  return entries.slice(0, TAGS_MAX);
}

const pair = (name, value) => value === undefined ? brief(name) : `${brief(name)}: ${brief(value)}`;

/** Tags as a list of small labels; a dash for none. */
export function tagList(tags) {
  return tags.length === 0 ? '–' : h('ul', { class: 'tags' }, tags.map(tag => h('li', { class: 'tag' }, tag)));
}

/** The state of a service in a word; some workers name it `status`, others `state`. */
export function serviceState(service) {
  return brief(service.status ?? service.state ?? 'unknown', 40);
}

/** Services with their states. @param {Array<object>} services */
export function serviceList(services) {
  if (!services?.length) return '–';
  return h('ul', { class: 'plain-list' }, services.slice(0, TAGS_MAX).map(service =>
    h('li', null, `${brief(service.name)} `,
      badge(serviceState(service), serviceState(service) === 'up' ? {} : { tone: 'bad' }))));
}

/** All that stands for how a worker is. */
export function workerBadges(worker) {
  return h('span', { class: 'badges' },
    badge(worker.status),
    worker.draining && badge('draining'),
    isInvalid(worker) && badge('invalid'),
    !worker.serving && worker.status === 'ready' && !worker.draining && !isInvalid(worker)
      && badge('not serving', { tone: 'warn' }));
}

/** Whether a worker's functions are not those of its contract. One that never answered is not judged. */
export function isInvalid(worker) {
  return worker.contractValid === false && Boolean(worker.contractMismatchReason);
}

/** Why a worker gets no tasks, in a sentence; null when it gets some. @param {object} worker */
export function whyIdle(worker) {
  if (worker.serving) return null;
  if (worker.status === 'offline') return 'It does not answer the balancer.';
  if (worker.draining) return 'It drains: running tasks end, new ones do not come.';
  if (worker.status === 'maintenance')
    return 'It is switched off (in maintenance): running tasks end, new ones do not come.';
  if (isInvalid(worker)) return 'Its functions are not those of its contract.';
  const down = (worker.services ?? []).filter(service => serviceState(service) !== 'up')
    .map(service => brief(service.name));
  return down.length > 0 ? `These services are not up: ${down.join(', ')}.` : null;
}

/** Name of a worker's group and contract. */
export function fleetName(worker) {
  return worker.group === null || worker.group === undefined ? 'Not known yet' : `${worker.group} / ${worker.contract}`;
}

/**
 * All that differs between a worker's functions and those of a valid worker of its group and contract.
 * @param {object} worker
 * @param {object} reference
 * @returns {Array<{where: string, here: string, there: string}>} '–' for what is not there
 */
export function differencesOf(worker, reference) {
  const differences = [];
  compare(byName(worker.functions), byName(reference.functions), '', ['function', 'parameter', ''], differences);
  return differences.slice(0, DIFFERENCES_MAX);
}

// Functions, then the parameters of each, then the rules of each: as deep as both have something to compare.
function compare(here, there, where, [kind, ...deeper], differences) {
  for (const name of new Set([...Object.keys(here), ...Object.keys(there)])) {
    const [one, other] = [here[name], there[name]];
    if (canonical(one) === canonical(other)) continue;
    const place = [where, `${kind} ${brief(name, 60)}`.trim()].filter(Boolean).join(', ');
    if (deeper.length > 0 && isObject(one) && isObject(other)) compare(one, other, place, deeper, differences);
    else differences.push({ where: place, here: shown(one, kind), there: shown(other, kind) });
  }
}

const shown = (value, kind) => value === undefined ? '–' : kind === 'function' ? 'there' : brief(canonical(value), 500);

function byName(functions) {
  return Object.fromEntries((functions ?? []).map(each => [each.name, isObject(each.params) ? each.params : {}]));
}

// The order of members says nothing.
function canonical(value) {
  return JSON.stringify(value, (_, part) => isObject(part)
    ? Object.fromEntries(Object.entries(part).sort(([one], [other]) => one < other ? -1 : 1)) : part);
}

function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
