/** What a type of problem means to a person, whatever request it answers. */
export type ProblemEntry = readonly [title: string, meaning: string, action: string];
