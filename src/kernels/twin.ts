/** How a kernel comes to stand in for its plain reference. */

/** @throws where WebAssembly, or an extension that the module uses, is missing, or compilation is forbidden */
export function compile(base64: string): WebAssembly.Module {
  return new WebAssembly.Module(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));
}

/**
 * The exports of a module that needs no imports; the caller names their type, which nothing can check here.
 * @throws as `compile`
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- a cast at every caller would be no safer
export function instantiate<M>(base64: string): M {
  return new WebAssembly.Instance(compile(base64)).exports as unknown as M;
}

/** The twin that `make` gives, or undefined where it cannot run here or gives wrong answers. */
export function provenTwin<T>(make: () => T | undefined, passesSelfTest: (twin: T) => boolean): T | undefined {
  try {
    const twin = make();
    return twin !== undefined && passesSelfTest(twin) ? twin : undefined;
  } catch {
    // No WebAssembly, no SIMD of this kind, compilation forbidden by a policy, or a damaged module: the caller has the
    // reference.
    return undefined;
  }
}
