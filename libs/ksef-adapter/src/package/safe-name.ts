/** Ids become names of files and folders: nothing but letters, digits and hyphens. */
export const isSafeName = (id: string): boolean => /^[A-Za-z0-9-]{1,64}$/.test(id);
