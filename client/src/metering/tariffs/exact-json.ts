/**
 * JSON whose numbers keep the digits they were written with: every number becomes its own text, so that a price of 0.1 never is a
 * float. (JSON.parse passes a reviver the source text only from Node.js 21 on.)
 */

/** A string, or a number literal outside of strings; in valid JSON nothing else begins like one. */
const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** @throws SyntaxError for text that is not JSON. */
export function parseJsonExactly(text: string): unknown {
  JSON.parse(text);
  const quoted = text.replace(STRING_OR_NUMBER, (token) => (token.startsWith('"') ? token : `"${token}"`));
  return JSON.parse(quoted);
}
