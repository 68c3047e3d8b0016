// Elements are built here and nowhere else. Strings and numbers become text nodes, so nothing that comes from outside
// can become markup.

const svgSpace = 'http://www.w3.org/2000/svg';
const asProperty = new Set(['value', 'checked', 'selected', 'indeterminate', 'scrollTop']);
const safeTarget = /^(#|\/(?!\/)|https?:|\?|\.)/i;

/**
 * Builds an HTML element.
 * @param {string} tag
 * @param {?Object<string, *>} properties `class` (a string, or an array whose false and null parts are left out),
 *   `on:EVENT` (a listener), `dataset` (an object), `style` (an object of CSS properties, set by script), `ref` (called
 *   with the element), and attributes: true is an empty attribute, false and null
 *   none; those of `aria-` are written as they are.
 * @param {...*} children nodes, strings, numbers, arrays of these; null, undefined and false are left out.
 * @returns {HTMLElement}
 */
export function h(tag, properties, ...children) {
  return build(document.createElement(tag), properties, children);
}

/**
 * Builds an SVG element; otherwise as {@link h}.
 * @returns {SVGElement}
 */
export function svg(tag, properties, ...children) {
  return build(document.createElementNS(svgSpace, tag), properties, children);
}

function build(element, properties, children) {
  for (const [name, value] of Object.entries(properties ?? {})) setProperty(element, name, value);
  append(element, children);
  return element;
}

function setProperty(element, name, value) {
  if (value === null || value === undefined) return;
  if (name.startsWith('aria-')) element.setAttribute(name, String(value));
  else if (value === false) return;
  else if (name.startsWith('on:')) element.addEventListener(name.slice(3), value);
  else if (name === 'class') element.setAttribute('class', [value].flat().filter(Boolean).join(' '));
  else if (name === 'dataset') Object.assign(element.dataset, value);
  else if (name === 'style') for (const [key, text] of Object.entries(value)) element.style.setProperty(key, text);
  else if (name === 'ref') value(element);
  else if (asProperty.has(name)) element[name] = value;
  else if (/^on|^srcdoc$/i.test(name)) throw new TypeError(`h: no attribute '${name}'; listeners are 'on:click'.`);
  else if ((name === 'href' || name === 'src') && !safeTarget.test(value)) element.setAttribute(name, '#');
  else element.setAttribute(name, value === true ? '' : String(value));
}

function append(element, children) {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    if (Array.isArray(child)) append(element, child);
    else element.append(child instanceof Node ? child : String(child));
  }
}

/**
 * Puts these children in the place of all that an element has.
 * @param {Element} root
 * @param {...*} children as those of {@link h}
 * @returns {Element} root
 */
export function replace(root, ...children) {
  root.replaceChildren();
  append(root, children);
  return root;
}

/** Writes a text, if it is another one than before: untouched nodes cost nothing and keep a selection. */
export function setText(element, text) {
  const value = text === null || text === undefined ? '' : String(text);
  if (element.textContent !== value) element.textContent = value;
}

/**
 * Keeps the children of an element in step with a list. What stays keeps its element, and with it focus and selection.
 * @template T
 * @param {Element} list the element whose children they are; it has no others
 * @param {function(T): (string|number)} key what makes two items the same one; unique in a list
 * @param {function(T): Element} make builds the element of a new item
 * @param {function(Element, T): void} [update] called for all items after each change, new ones included
 * @returns {function(Array<T>): void} call it with the items
 */
export function keyed(list, key, make, update) {
  let known = new Map();
  return items => {
    const focused = list.contains(document.activeElement) ? document.activeElement : null;
    const next = new Map();
    for (const item of items) next.set(key(item), known.get(key(item)) ?? make(item));
    for (const [id, element] of known) if (!next.has(id)) element.remove();
    let place = list.firstChild;
    for (const element of next.values()) {
      if (element === place) place = place.nextSibling;
      else list.insertBefore(element, place);
    }
    known = next;
    if (update) for (const item of items) update(next.get(key(item)), item);
    if (focused?.isConnected && document.activeElement !== focused) focused.focus({ preventScroll: true });
  };
}

/**
 * Puts a node in the place of the only child, unless both look the same: focus, hover and selection stay. While a
 * button in it is at work, nothing changes: its next state is shown with the next call.
 * @param {Element} cell
 * @param {*} content as a child of {@link h}
 */
export function settle(cell, content) {
  if (cell.querySelector('[aria-busy="true"]')) return;
  const box = cell.cloneNode(false);
  append(box, [content]);
  if (box.isEqualNode(cell)) return;
  const focusable = 'a[href],button,input,select,textarea,summary,[tabindex]';
  const index = [...cell.querySelectorAll(focusable)].indexOf(document.activeElement);
  cell.replaceChildren(...box.childNodes);
  if (index >= 0) cell.querySelectorAll(focusable)[index]?.focus({ preventScroll: true });
}
