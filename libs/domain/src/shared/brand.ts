declare const brand: unique symbol;

/** A primitive that only its parser makes. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };
