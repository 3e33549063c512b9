// The one id that is not an id.
/** The word that asks for an id made from the content: by name, never by default. */
export const contentId = 'content';
