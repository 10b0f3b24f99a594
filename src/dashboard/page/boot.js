/** Runs before everything else. No module, since modules do not run where one of their files is missing. */

/*
 * Where a file does not come, because the service ends or answers nobody just now, nothing of the page would run.
 */
window.addEventListener(
  'error',
  ({ target }) => {
    if (!(target instanceof HTMLScriptElement || target instanceof HTMLLinkElement)) return;
    const main = document.getElementById('main');
    if (main) main.textContent = 'The service did not give all of the page. It is loaded again in 3 seconds.';
    setTimeout(() => location.reload(), 3_000);
  },
  true,
);

/* Chromium started with the locale C calls its language "en-US@posix", on which the chart library breaks. */
try {
  new Intl.NumberFormat(navigator.language);
} catch (error) {
  if (!(error instanceof RangeError)) throw error;
  Object.defineProperty(navigator, 'language', { value: 'en-US' });
}
