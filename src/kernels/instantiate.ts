/** The exports of a module that needs no imports. @throws where WebAssembly, or an extension it uses, is missing */
export function instantiate<M>(base64: string): M {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as unknown as M;
}
