import assert from 'node:assert/strict';
import fc from 'fast-check';
import { html } from '@gridveil/client/billing/html.js';

describe('html', () => {
  it('escapes whatever is put into text and attributes', () => {
    const evil = `<script>"&'</script>`;
    const escaped = '&lt;script&gt;&quot;&amp;&#39;&lt;/script&gt;';
    assert.equal(html`<p title="${evil}">${evil}</p>`.text, `<p title="${escaped}">${escaped}</p>`);
  });

  it('keeps what it made itself, joins lists, leaves out undefined', () => {
    const items = ['a', '<b>'].map((item) => html`<i>${item}</i>`);
    assert.equal(html`<b>${items}</b>${undefined}${7}`.text, '<b><i>a</i><i>&lt;b&gt;</i></b>7');
  });

  it('lets no text out of its place', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const { text: made } = html`"${text}"`;
        assert.doesNotMatch(made.slice(1, -1), /[<>"']/);
        assert.doesNotMatch(made, /&(?!amp;|lt;|gt;|quot;|#39;)/);
      }),
    );
  });
});
