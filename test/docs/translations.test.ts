/** Pages in Chinese say what the English ones say: the same commands, tables and sections, in the same order. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const EXAMPLES = ['examples/four-banks', 'examples/compliance'];

interface Shape {
  /** Code blocks with their languages; what follows a # is for people. */
  readonly code: readonly string[];
  /** First cells of all tables' rows, as far as they are code. */
  readonly keys: readonly string[];
  readonly headings: number;
}

function shapeOf(page: string): Shape {
  const blocks = [...page.matchAll(/```(\w+)([^\n]*)\n([\s\S]*?)```/g)];
  const prose = page.replace(/```[\s\S]*?```/g, '');
  return {
    code: blocks.map(([, language, rest, text]) => [language, rest, ...linesOf(language, text)].join('\n')),
    keys: [...prose.matchAll(/^\| (`[^|]*`) \|/gm)].map(([, cell]) => cell.replaceAll('、', ', ')),
    headings: prose.match(/^#+ /gm)?.length ?? 0,
  };
}

function linesOf(language: string, text: string): readonly string[] {
  // Beside the commands of a person's own words stands what they do.
  if (language === 'text') return text.split('\n').map((line) => line.replace(/ {3,}.*$/, ''));
  return text.split('\n').map((line) => line.replace(/ {2,}#(?! refused).*$/, ''));
}

const read = (folder: string, name: string): string => readFileSync(`${folder}/${name}`, 'utf8');

describe.each(EXAMPLES)('%s/README.zh.md', (folder) => {
  it('has the code blocks, table keys and sections of README.md', () => {
    const english = shapeOf(read(folder, 'README.md'));
    expect(shapeOf(read(folder, 'README.zh.md'))).toEqual(english);
    expect(english.code.length).toBeGreaterThan(5);
  });
});

describe('SECURITY.zh.md', () => {
  it('has the sections, tables and lists of SECURITY.md, and its numbers of requirements', () => {
    const shape = (name: string) => {
      const page = read('.', name);
      return {
        headings: page.match(/^#+ /gm)?.length,
        rows: page.match(/^\|/gm)?.length,
        items: page.match(/^- /gm)?.length,
        code: [...page.matchAll(/`([^`]+)`/g)]
          .map(([, text]) => text)
          .filter((text) => /^[\w./[\]-]+$/.test(text))
          .toSorted(),
        requirements: [...page.matchAll(/^\| (R\d+)/gm)].map(([, number]) => number),
      };
    };
    expect(shape('SECURITY.zh.md')).toEqual(shape('SECURITY.md'));
    expect(shape('SECURITY.md').requirements.length).toBeGreaterThan(20);
  });
});

describe('README.zh.md', () => {
  const page = read('.', 'README.zh.md');

  it('has the two commands of README.md', () => {
    const [commands] = shapeOf(page).code;
    expect(shapeOf(read('.', 'README.md')).code).toContain(commands);
  });

  it.each(['.', ...EXAMPLES])('links to files that are there: %s', (folder) => {
    const links = read(folder, 'README.zh.md').matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g);
    expect([...links].filter(([, link]) => !existsSync(`${folder}/${link}`))).toEqual([]);
  });
});

describe('shapeOf', () => {
  it('tells a missing command, another option and a missing row', () => {
    const page = '# A\n\n```sh\nnpx a   # now\n```\n\n| `key` | x |\n';
    expect(shapeOf(page.replace('# now', '# 现在'))).toEqual(shapeOf(page));
    expect(shapeOf(page.replace('npx a', 'npx b'))).not.toEqual(shapeOf(page));
    expect(shapeOf(page.replace('| `key` | x |\n', ''))).not.toEqual(shapeOf(page));
  });
});
