// A program in Python, cut into its logical lines and their tokens. Nothing is run; a text that is
// no Python gives lines of which nothing can be made.

/**
 * @typedef {{ type: "name" | "number" | "text" | "sign", value: string, at: number, end: number }}
 *   Token
 * @typedef {{ indent: number, tokens: Token[] }} Line
 */

const SPACE = /[ \t\f]+|\\\r?\n|#[^\n]*/y;
const TRIPLE = /[A-Za-z]{0,2}("""|''')/y;
const TEXT = /[A-Za-z]{0,2}("(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*')/y;
const NUMBER = /(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?j?/y;
const NAME = /[\p{L}_][\p{L}\p{N}_]*/uy;
const SIGN =
  /\*\*=|\/\/=|<<=|>>=|->|:=|\*\*|\/\/|<<|>>|[-+*/%@&|^=!<>]=|[-+*/%@&|^~=<>()[\]{},:;.!]/y;
const CLOSING = /^[)\]}]$/;
const OPENING = /^[([{]$/;

function match(pattern, text, at) {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** Where a text in three quotation marks ends. */
function endOfTriple(text, at, [opening, quotes]) {
  const end = text.indexOf(quotes, at + opening.length);
  return end < 0 ? text.length : end + 3;
}

const KINDS = [
  ["number", NUMBER],
  ["name", NAME],
  ["sign", SIGN],
];

/** The token at a place; what is no token at all is a sign of its own. @returns {Token} */
function tokenAt(text, at) {
  const triple = match(TRIPLE, text, at);
  if (triple) {
    const end = endOfTriple(text, at, triple);
    return { type: "text", value: "", at, end };
  }
  const quoted = match(TEXT, text, at);
  if (quoted)
    return { type: "text", value: quoted[1].slice(1, -1), at, end: at + quoted[0].length };
  for (const [type, pattern] of KINDS) {
    const found = match(pattern, text, at);
    if (found) return { type, value: found[0], at, end: at + found[0].length };
  }
  return { type: "sign", value: text[at], at, end: at + 1 };
}

/** How far a line is moved in; a tab is as wide as eight spaces at most. */
const indentOf = (text, at) => {
  const [space] = /^[ \t]*/.exec(text.slice(at, at + 400));
  return space.replace(/\t/g, "        ").length;
};

/** @param {string} text @returns {Line[]} */
export function linesOf(text) {
  const lines = [];
  let tokens = [];
  let depth = 0;
  let indent = indentOf(text, 0);
  for (let at = 0; at < text.length;) {
    const space = match(SPACE, text, at);
    if (space) {
      at += space[0].length;
    } else if (text[at] === "\n" || text[at] === "\r") {
      at += 1;
      if (depth > 0) continue;
      if (tokens.length > 0) lines.push({ indent, tokens });
      tokens = [];
      indent = indentOf(text, at);
    } else {
      const token = tokenAt(text, at);
      if (OPENING.test(token.value) && token.type === "sign") depth += 1;
      if (CLOSING.test(token.value) && token.type === "sign") depth = Math.max(depth - 1, 0);
      tokens.push(token);
      at = token.end;
    }
  }
  if (tokens.length > 0) lines.push({ indent, tokens });
  return lines;
}
