// Runs before the first paint, so that a chosen theme does not flash in as the other one. The rest is in theme.js.
'use strict';
(() => {
  try {
    const theme = localStorage.getItem('theme');
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
  } catch {
    // A browser that keeps nothing follows the system's theme.
  }
})();
