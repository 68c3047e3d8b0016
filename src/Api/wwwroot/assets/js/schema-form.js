// A form for the input of a function, made from the parameters that its workers declare. What a worker declares is
// foreign: every name, text and default is shown as text, and what cannot be understood becomes a field for JSON.
import { h } from './dom.js';

const FIELDS_MAX = 100;
const OPTIONS_MAX = 200;
const PATTERN_LENGTH_MAX = 500;
const CHECKED_LENGTH_MAX = 1000;
// A repeated group that repeats inside itself, such as (a+)+, can take a browser minutes: the worker checks those.
const SLOW_PATTERN = /[+*}][^()]*\)[+*{]/;

let formCount = 0;

/**
 * The parameters of a function as a list, whatever the worker sent.
 * @param {unknown} params `{name: {type, required, default, enum, pattern, min, max, description}}`
 * @returns {{name: string, schema: Record<string, unknown>}[]}
 */
export function parametersOf(params) {
  if (!isObject(params)) return [];
  return Object.entries(params).map(([name, schema]) => ({ name, schema: isObject(schema) ? schema : {} }));
}

/**
 * What a parameter allows beside its type, in words; '' for nothing.
 * @param {Record<string, unknown>} schema
 */
export function limitsOf(schema) {
  const limits = [];
  if (schema.min !== undefined && schema.min !== null) limits.push(`min ${show(schema.min)}`);
  if (schema.max !== undefined && schema.max !== null) limits.push(`max ${show(schema.max)}`);
  if (typeof schema.pattern === 'string') limits.push(`pattern ${show(schema.pattern)}`);
  if (Array.isArray(schema.enum)) limits.push(`one of ${schema.enum.slice(0, 20).map(show).join(', ')}`);
  if (schema.default !== undefined) limits.push(`default ${show(schema.default)}`);
  return limits.join(' · ');
}

/**
 * A group of fields for the input of a function.
 * @param {unknown} params What the worker declares.
 * @returns {{element: HTMLElement, read: () => {input: object, faults: {name: string, message: string}[]}}}
 *   `read` checks all fields, shows what is wrong beside each and moves the focus to the first of those.
 */
export function schemaForm(params) {
  const prefix = `param-${++formCount}`;
  const parameters = parametersOf(params).slice(0, FIELDS_MAX);
  const usable = isObject(params);
  const fields = usable
    ? parameters.map(({ name, schema }, index) => makeField(`${prefix}-${index}`, name, schema))
    : [makeField(`${prefix}-input`, 'input', { type: 'object', description: 'The whole input, as JSON.' })];
  const element = h('div', { class: 'schema-form' },
    ...fields.map(field => field.element),
    usable && fields.length === 0 ? h('p', { class: 'hint' }, 'This function takes no parameters.') : '');

  function read() {
    const input = {};
    const faults = [];
    for (const field of fields) {
      const { value, message } = field.check();
      if (message) faults.push({ name: field.name, message });
      else if (value !== undefined) define(input, field.name, value);
    }
    fields.find(field => faults.some(fault => fault.name === field.name))?.control.focus();
    return { input: usable ? input : input.input ?? {}, faults };
  }

  return { element, read };
}

// By definition, since a parameter may be called __proto__.
function define(target, name, value) {
  Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
}

function makeField(id, name, schema) {
  const kind = kindOf(schema);
  const control = makeControl(id, kind, schema);
  const error = h('p', { class: 'field-error', id: `${id}-error` });
  const limits = limitsOf(schema);
  const description = typeof schema.description === 'string' ? schema.description.slice(0, 1000) : '';
  const hint = h('p', { class: 'hint', id: `${id}-hint` },
    [description, `${typeName(schema)}${limits ? ` · ${limits}` : ''}`].filter(Boolean).join(' · '));
  control.setAttribute('aria-describedby', `${id}-hint ${id}-error`);
  if (schema.required === true) control.setAttribute('aria-required', 'true');
  const element = h('div', { class: 'field' },
    h('label', { for: id }, name, schema.required === true ? h('span', { class: 'required' }, ' required') : ''),
    control, hint, error);

  function check() {
    const outcome = readControl(control, kind, schema);
    error.textContent = outcome.message ?? '';
    if (outcome.message) control.setAttribute('aria-invalid', 'true');
    else control.removeAttribute('aria-invalid');
    return outcome;
  }

  // A message goes as soon as its reason does. None comes before the form is sent: one that came when a field is left
  // would move the button away from under the pointer that is about to press it.
  control.addEventListener('input', () => { if (error.textContent) check(); });
  return { name, element, control, check };
}

function kindOf(schema) {
  if (Array.isArray(schema.enum) && schema.enum.length > 0 && schema.enum.length <= OPTIONS_MAX) return 'choice';
  return ['string', 'number', 'integer', 'boolean', 'object', 'array'].includes(schema.type) ? schema.type : 'json';
}

function typeName(schema) {
  return typeof schema.type === 'string' ? schema.type.slice(0, 40) : 'any JSON value';
}

function makeControl(id, kind, schema) {
  const preset = schema.default;
  const properties = { id, name: id, class: 'input', autocomplete: 'off' };
  if (kind === 'choice' || kind === 'boolean') {
    const values = kind === 'boolean' ? [true, false] : schema.enum;
    const chosen = values.findIndex(value => JSON.stringify(value) === JSON.stringify(preset));
    const select = h('select', properties,
      h('option', { value: '' }, schema.required === true ? 'Choose…' : 'Not sent'),
      ...values.map((value, index) => h('option', { value: String(index) }, show(value))));
    select.value = chosen >= 0 ? String(chosen) : '';
    return select;
  }
  if (kind === 'number' || kind === 'integer') {
    const number = h('input', { ...properties, type: 'number', step: 'any' });
    if (typeof preset === 'number') number.value = String(preset);
    return number;
  }
  if (kind === 'string') {
    const text = h('input', { ...properties, type: 'text', spellcheck: 'false' });
    if (typeof preset === 'string') text.value = preset;
    return text;
  }
  const area = h('textarea', { ...properties, rows: '3', spellcheck: 'false',
    placeholder: kind === 'array' ? '[ … ]' : kind === 'object' ? '{ … }' : 'JSON' });
  if (preset !== undefined) area.value = JSON.stringify(preset, null, 2);
  return area;
}

function readControl(control, kind, schema) {
  const required = schema.required === true;
  if (kind === 'choice' || kind === 'boolean') {
    if (control.value === '') return required ? fault('Choose a value.') : {};
    return { value: kind === 'boolean' ? control.value === '0' : schema.enum[Number(control.value)] };
  }
  if (kind === 'number' || kind === 'integer') return readNumber(control, kind, schema, required);
  if (kind === 'string') return readText(control.value, schema, required);
  return readJson(control.value, kind, required);
}

function readNumber(control, kind, schema, required) {
  if (control.validity.badInput) return fault('Must be a number.');
  if (control.value.trim() === '') return required ? fault('A number is required.') : {};
  const value = Number(control.value);
  if (!Number.isFinite(value)) return fault('Must be a number.');
  if (kind === 'integer' && !Number.isInteger(value)) return fault('Must be a whole number.');
  if (typeof schema.min === 'number' && value < schema.min) return fault(`Must be at least ${schema.min}.`);
  if (typeof schema.max === 'number' && value > schema.max) return fault(`Must be at most ${schema.max}.`);
  return { value };
}

function readText(text, schema, required) {
  // An optional text that is left empty is not sent: most workers would take an empty one for a mistake.
  if (text === '') return required ? fault('A text is required.') : {};
  const pattern = safePattern(schema.pattern);
  if (pattern && text.length <= CHECKED_LENGTH_MAX && !pattern.test(text))
    return fault(`Must match the pattern ${show(schema.pattern)}.`);
  return { value: text };
}

function readJson(text, kind, required) {
  if (text.trim() === '') return required ? fault(`JSON is required${kind === 'json' ? '' : `: an ${kind}`}.`) : {};
  let value;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return fault(`Is no JSON: ${error.message}`);
  }
  if (kind === 'object' && !isObject(value)) return fault('Must be an object: { … }.');
  if (kind === 'array' && !Array.isArray(value)) return fault('Must be an array: [ … ].');
  return { value };
}

function safePattern(pattern) {
  if (typeof pattern !== 'string' || pattern.length > PATTERN_LENGTH_MAX || SLOW_PATTERN.test(pattern)) return null;
  try {
    return new RegExp(pattern, 'u');
  } catch {
    return null;
  }
}

function fault(message) {
  return { message };
}

function show(value) {
  const text = typeof value === 'string' ? value : JSON.stringify(value) ?? '';
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
