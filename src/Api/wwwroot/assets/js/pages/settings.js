// All settings with what they are, where they come from and what they would be otherwise.

import { h } from '../dom.js';
import { badge, panel, searchField, table } from '../parts.js';
import { count } from '../format.js';

export const title = 'Settings';

/** Builds the page. */
export async function mount(root, { api, query, setQuery }) {
  const note = h('span', null);
  const list = table({
    caption: 'Settings',
    key: setting => setting.name,
    empty: 'No setting has this in its name, value or description.',
    columns: [
      { label: 'Setting', class: 'setting-name', render: setting => h('div', null, h('code', null, setting.name),
        setting.hocon && h('div', { class: 'setting-path' }, setting.hocon)) },
      { label: 'Value', class: 'wide', render: valueOf },
      { label: 'Default', class: 'wide setting-default', render: setting => text(setting.default) },
      { label: 'From', render: setting => sourceOf(setting.source) },
      { label: 'Description', class: 'setting-text', render: setting => setting.description ?? '' },
    ],
  });
  const search = searchField('Filter settings', query.get('filter') ?? '', value => {
    setQuery({ filter: value });
    show(value);
  });
  const { settings } = await api.get('/config');
  const show = filter => {
    const wanted = filter.trim().toLowerCase();
    const found = settings.filter(setting => [setting.name, setting.hocon, setting.value, setting.description]
      .some(part => String(part ?? '').toLowerCase().includes(wanted)));
    note.textContent = found.length === settings.length ? count(found.length, 'setting')
      : `${found.length} of ${count(settings.length, 'setting')}`;
    list.update(found);
  };
  root.append(panel({ title: 'In use', note, actions: search }, list.element));
  show(query.get('filter') ?? '');
}

function text(value) {
  if (value === null || value === undefined || value === '') return h('span', { class: 'muted' }, 'none');
  return h('code', { class: 'break' }, typeof value === 'object' ? JSON.stringify(value) : value);
}

function valueOf(setting) {
  if (!setting.isSecret) return text(setting.value);
  return setting.value === null ? h('span', { class: 'muted' }, 'not set')
    : badge('set', { label: 'set, hidden', tone: 'idle' });
}

function sourceOf(source) {
  return !source || source === 'default' ? h('span', { class: 'muted' }, 'default')
    : h('span', { class: 'tag nowrap' }, source);
}
