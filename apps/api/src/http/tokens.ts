import { PORTS } from '@latarnik/domain';

/** What Nest takes from the composition's container. */
export const UNIT_OF_WORK = PORTS.unitOfWork;
export const CLOCK = PORTS.clock;
export const CODE_IMAGES = PORTS.codeImages;
export const USE_CASES = Symbol('UseCases');
