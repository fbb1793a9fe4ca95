/** Every answer of the simulator carries this header, and every line it logs begins with the name. */
export const SIMULATOR_HEADER = 'simulator';
export const SIMULATOR_NAME = 'latarnik-ksef-simulator';
