// Shows foreign JSON and text: always as text, never more at once than a browser can draw.
import { h, replace } from './dom.js';

const CHILDREN_SHOWN = 100;
const STRING_SHOWN = 2000;
const TEXT_SHOWN = 200_000;
const DEPTH_OPEN = 2;

/** A number whose digits a JavaScript number cannot hold, kept as it was written. */
class ExactNumber {
  constructor(source) { this.source = source; }

  toJSON() { return typeof JSON.rawJSON === 'function' ? JSON.rawJSON(this.source) : Number(this.source); }
}

/**
 * Parses JSON without rounding long numbers, where the browser tells how they were written.
 * @param {string} text
 * @throws {SyntaxError} It is no JSON.
 */
export function parseExact(text) {
  return JSON.parse(text, (_, value, context) =>
    typeof value === 'number' && context?.source !== undefined && /\d{16}/.test(context.source)
      && !sameNumber(value, context.source)
      ? new ExactNumber(context.source)
      : value);
}

/**
 * A tree of a JSON value. Branches are drawn when they are opened.
 * @param {unknown} value
 * @returns {HTMLElement}
 */
export function jsonTree(value) {
  return h('div', { class: 'json-tree' }, node(null, value, 0));
}

/**
 * A value with a choice between tree and text, and a button that copies it.
 * @param {string} text What came, complete or cut.
 * @param {{complete: boolean, label: string, announce: (text: string, kind?: string) => void}} options
 * @returns {HTMLElement}
 */
export function payloadView(text, { complete, label, announce }) {
  let value;
  let isJson = complete;
  if (complete) {
    try {
      value = parseExact(text);
    } catch {
      isJson = false;
    }
  }
  const pretty = isJson ? JSON.stringify(value, null, 2) : text;
  const shown = h('div', { class: 'payload-body' });
  const tree = h('button', { type: 'button', class: 'button button-small', 'aria-pressed': 'true' }, 'Tree');
  const plain = h('button', { type: 'button', class: 'button button-small', 'aria-pressed': 'false' }, 'Text');
  const choose = asTree => {
    tree.setAttribute('aria-pressed', String(asTree));
    plain.setAttribute('aria-pressed', String(!asTree));
    replace(shown, asTree ? jsonTree(value) : textView(pretty, label));
  };
  tree.addEventListener('click', () => choose(true));
  plain.addEventListener('click', () => choose(false));
  const copy = h('button', {
    type: 'button',
    class: 'button button-small',
    'on:click': async () => announce(
      await copyText(pretty) ? `${label} copied.` : `${label} could not be copied: select the text instead.`),
  }, 'Copy');
  choose(isJson);
  return h('div', { class: 'payload' },
    h('div', { class: 'payload-bar' }, isJson ? h('div', { class: 'choice', role: 'group',
      'aria-label': `Form of ${label.toLowerCase()}` }, tree, plain) : '', copy,
    h('span', { class: 'hint' }, complete ? `${text.length.toLocaleString('en')} characters`
      : `only the first ${text.length.toLocaleString('en')} characters were fetched`)),
    shown);
}

/**
 * Puts a text on the clipboard.
 * @param {string} text
 * @returns {Promise<boolean>} Whether it worked.
 */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Pages without https have no clipboard but this old one.
    const area = h('textarea', { class: 'hidden-text', 'aria-hidden': 'true', tabindex: '-1' });
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    return done;
  }
}

function textView(text, label) {
  const cut = text.length > TEXT_SHOWN;
  return h('div', null,
    h('pre', { class: 'code payload-text', tabindex: '0', role: 'region', 'aria-label': `${label} as text` },
      cut ? text.slice(0, TEXT_SHOWN) : text),
    cut ? h('p', { class: 'hint' }, `The first ${TEXT_SHOWN.toLocaleString('en')} characters are shown; `
      + 'Copy takes all that was fetched.') : '');
}

function node(name, value, depth) {
  const label = name === null ? '' : h('span', { class: 'json-key' }, `${name}: `);
  if (typeof value !== 'object' || value === null || value instanceof ExactNumber)
    return h('div', { class: 'json-leaf' }, label, leaf(value));
  const entries = Array.isArray(value) ? value.map((item, index) => [index, item]) : Object.entries(value);
  const size = Array.isArray(value) ? `[ ${entries.length} ]` : `{ ${entries.length} }`;
  if (entries.length === 0)
    return h('div', { class: 'json-leaf' }, label, h('span', { class: 'json-size' }, size));
  const children = h('div', { class: 'json-children' });
  const branch = h('details', { class: 'json-branch' },
    h('summary', null, label, h('span', { class: 'json-size' }, size)), children);
  const draw = () => { if (!children.firstChild) more(children, entries, 0, depth); };
  branch.addEventListener('toggle', () => { if (branch.open) draw(); });
  if (depth < DEPTH_OPEN && entries.length <= CHILDREN_SHOWN) {
    draw();
    branch.open = true;
  }
  return branch;
}

function more(children, entries, from, depth) {
  const until = Math.min(from + CHILDREN_SHOWN, entries.length);
  for (let index = from; index < until; index++)
    children.append(node(entries[index][0], entries[index][1], depth + 1));
  if (until === entries.length) return;
  const button = h('button', { type: 'button', class: 'button button-small', 'on:click': () => {
    button.remove();
    more(children, entries, until, depth);
  } }, `Show more (${entries.length - until} left)`);
  children.append(button);
}

function leaf(value) {
  if (value instanceof ExactNumber) return h('span', { class: 'json-number' }, value.source);
  if (typeof value !== 'string')
    return h('span', { class: value === null ? 'json-null' : `json-${typeof value}` }, String(value));
  const text = h('span', { class: 'json-string' }, JSON.stringify(value.slice(0, STRING_SHOWN)));
  if (value.length <= STRING_SHOWN) return text;
  const button = h('button', { type: 'button', class: 'button button-small', 'on:click': () => {
    text.textContent = JSON.stringify(value.slice(0, TEXT_SHOWN));
    button.remove();
  } }, `… ${(value.length - STRING_SHOWN).toLocaleString('en')} more characters`);
  return h('span', null, text, ' ', button);
}

// 1.0 and 1e0 are the number 1 too: only digits that would be lost count.
function sameNumber(value, source) {
  const digits = text => text.replace(/^-/, '').replace(/[eE].*$/, '').replace('.', '')
    .replace(/^0+/, '').replace(/0+$/, '');
  return Number.isFinite(value) && digits(String(value)) === digits(source);
}
