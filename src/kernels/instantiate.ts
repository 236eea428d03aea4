/**
 * The exports of a module that needs no imports; the caller names their type, which nothing can check here.
 * @throws where WebAssembly, or an extension it uses, is missing
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- a cast at every caller would be no safer
export function instantiate<M>(base64: string): M {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as unknown as M;
}
