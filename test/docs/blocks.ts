/** Generated parts of Markdown files: between `<!-- begin: NAME -->` and `<!-- end: NAME -->`. */

const BLOCK = /<!-- begin: ([a-z0-9 -]+) -->\n([\s\S]*?)<!-- end: \1 -->/g;

/** Names and contents of a file's generated parts. */
export function blocksOf(text: string): ReadonlyMap<string, string> {
  return new Map([...text.matchAll(BLOCK)].map(([, name, content]) => [name, content]));
}

/** The text with the parts that `render` knows replaced. */
export function withBlocks(text: string, render: (name: string) => string | undefined): string {
  return text.replace(BLOCK, (whole, name: string) => {
    const content = render(name);
    return content === undefined ? whole : `<!-- begin: ${name} -->\n${content}<!-- end: ${name} -->`;
  });
}

export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
  return line(header) + line(header.map(() => '---')) + rows.map(line).join('');
}
