// What a worker offers: its functions with their parameters.
import { h } from './dom.js';
import { brief } from './fleet.js';
import { count } from './format.js';
import { panel } from './parts.js';
import { limitsOf, parametersOf } from './schema-form.js';

const FUNCTIONS_MAX = 200;

/**
 * The functions of a worker, each with a table of its parameters and a way to try it.
 * @param {object} worker as `GET /workers` shows it
 * @returns {HTMLElement}
 */
export function functionPanels(worker) {
  const functions = worker.functions ?? [];
  return panel({ title: 'Functions', note: count(functions.length, 'function') },
    functions.length === 0 ? h('p', { class: 'panel-body muted' }, 'It has named none.') : null,
    functions.slice(0, FUNCTIONS_MAX).map(each => h('section', { class: 'function' },
      h('header', { class: 'function-head' }, h('h3', { class: 'mono' }, brief(each.name)),
        h('a', { class: 'button button-small', href: tryAddress(worker, each.name),
          'aria-label': `Try ${brief(each.name)}` }, 'Try')),
      parameterTable(each))));
}

/** The address of the form that tries a function. */
export function tryAddress(worker, name) {
  return `#/try?${new URLSearchParams({ group: worker.group ?? '', contract: String(worker.contract ?? ''),
    function: name })}`;
}

function parameterTable(each) {
  const parameters = parametersOf(each.params);
  if (parameters.length === 0) return h('p', { class: 'hint' }, 'No parameters.');
  return h('div', { class: 'table-scroll', role: 'region', tabindex: 0,
    'aria-label': `Parameters of ${brief(each.name)}` },
    h('table', { class: 'table', role: 'table' },
      h('caption', { class: 'hidden-text' }, `Parameters of ${brief(each.name)}`),
      h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' },
        ['Parameter', 'Type', 'Required', 'Allowed', 'Description']
        .map(label => h('th', { scope: 'col', role: 'columnheader' }, label)))),
      h('tbody', { role: 'rowgroup' }, parameters.slice(0, 100).map(({ name, schema }) => h('tr', { role: 'row' },
        cell('Parameter', h('code', null, brief(name))),
        cell('Type', schema.type === undefined ? '' : brief(schema.type, 40)),
        cell('Required', schema.required === true ? 'yes' : 'no'),
        cell('Allowed', limitsOf(schema)),
        cell('Description', typeof schema.description === 'string' ? brief(schema.description, 1000) : ''))))));
}

const cell = (label, content) => h('td', { role: 'cell', dataset: { label } }, content);
