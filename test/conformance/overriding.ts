/** The same object with some of its members replaced. */
export function overriding<T extends object>(target: T, overrides: Partial<T>): T {
  return new Proxy(target, {
    get(object, key) {
      if (Object.hasOwn(overrides, key)) return overrides[key as keyof T];
      const member = object[key as keyof T];
      return typeof member === "function" ? member.bind(object) : member;
    },
  });
}
