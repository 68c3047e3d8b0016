// The theme: that of the system, unless one was chosen. Kept in localStorage under `theme`.

const choices = ['system', 'light', 'dark'];

/** @returns {'system'|'light'|'dark'} the theme that is chosen. */
export function chosenTheme() {
  return document.documentElement.dataset.theme ?? 'system';
}

/**
 * Sets and keeps the theme.
 * @param {'system'|'light'|'dark'} theme
 */
export function chooseTheme(theme) {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    if (theme === 'system') localStorage.removeItem('theme');
    else localStorage.setItem('theme', theme);
  } catch {
    // The choice then lasts as long as the page.
  }
}

/** @returns {'system'|'light'|'dark'} the theme that comes after the present one; it is set and kept. */
export function nextTheme() {
  const next = choices[(choices.indexOf(chosenTheme()) + 1) % choices.length];
  chooseTheme(next);
  return next;
}
