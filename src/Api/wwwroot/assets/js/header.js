// The bar at the top: which node this is and how it is, the connection, theme, and the way out.

import { h, setText, settle } from './dom.js';
import { icon } from './icons.js';
import { chosenTheme, nextTheme } from './theme.js';
import { duration } from './format.js';
import { badge } from './parts.js';

/**
 * @param {{onMenu: function(boolean): void, onRetry: function(): void}} options
 * @returns {{element: HTMLElement, setStatus: function, setConnection: function, setTitle: function,
 *   closeMenu: function}}
 */
export function createHeader({ onMenu, onRetry }) {
  let title = '';
  let status = null;
  const nodeName = h('span', { class: 'node-name' });
  const nodeState = h('span', { class: 'node-state' });
  const nodeNote = h('span', { class: 'node-note' });
  const banner = h('div', { class: 'banner', role: 'alert', hidden: true });
  const menu = h('button', { class: 'icon-button menu-button', type: 'button', 'aria-label': 'Pages',
    'aria-expanded': false, 'aria-controls': 'nav', 'on:click': () => setMenu(!isOpen()) }, icon('menu'));
  const isOpen = () => menu.getAttribute('aria-expanded') === 'true';

  const setMenu = open => {
    menu.setAttribute('aria-expanded', String(open));
    onMenu(open);
    if (open) document.querySelector('.nav-link')?.focus();
  };
  document.addEventListener('keydown', event => {
    if (event.key !== 'Escape' || !isOpen()) return;
    setMenu(false);
    menu.focus();
  });

  document.addEventListener('pointerdown', event => {
    if (isOpen() && !event.target.closest('.nav, .menu-button')) setMenu(false);
  });

  const showTitle = () => {
    const node = status?.node.id ?? status?.node.host;
    document.title = [title, node, 'ActorBalancer'].filter(Boolean).join(' · ');
  };

  return {
    element: h('header', { class: 'top' },
      h('div', { class: 'top-bar' },
        menu,
        h('a', { class: 'brand', href: '#/overview', 'aria-label': 'ActorBalancer' },
          h('img', { src: '/dashboard/assets/logo.svg', alt: '', width: 26, height: 26 }),
          h('span', null, 'ActorBalancer')),
        h('div', { class: 'node' }, nodeName, nodeState, nodeNote),
        h('div', { class: 'top-actions' }, themeButton(), logoutButton())),
      banner),

    /** @param {object} body that of /status */
    setStatus(body) {
      status = body;
      const { node } = body;
      setText(nodeName, node.id ?? node.host);
      settle(nodeState, badge(body.state));
      const role = node.role === 'standalone' ? null : node.role;
      const parts = [role, `v${node.version.split('+')[0]}`, `up ${duration(node.uptimeSeconds * 1000)}`];
      setText(nodeNote, parts.filter(Boolean).join(' · '));
      showTitle();
    },

    setConnection(state, pauseMs) {
      banner.hidden = state !== 'lost';
      document.body.classList.toggle('lost', state === 'lost');
      if (state !== 'lost') return;
      const seconds = Math.max(1, Math.round(pauseMs / 1000));
      banner.replaceChildren(icon('warning'),
        h('span', null, `Connection lost: what you see is old. Trying again in ${seconds} s.`),
        h('button', { class: 'button button-small', type: 'button', 'on:click': onRetry }, 'Try now'));
    },

    setTitle(text) {
      title = text;
      showTitle();
    },

    closeMenu() {
      menu.setAttribute('aria-expanded', 'false');
    },
  };
}

function themeButton() {
  const names = { system: 'Theme: as the system', light: 'Theme: light', dark: 'Theme: dark' };
  const element = h('button', { class: 'icon-button', type: 'button', 'on:click': () => show(nextTheme()) });
  const show = theme => {
    element.replaceChildren(icon(theme));
    element.title = names[theme];
    element.setAttribute('aria-label', names[theme]);
  };
  show(chosenTheme());
  return element;
}

function logoutButton() {
  return h('form', { method: 'post', action: '/dashboard/logout', class: 'logout' },
    h('button', { class: 'icon-button', type: 'submit', title: 'Log out', 'aria-label': 'Log out' }, icon('leave')));
}
