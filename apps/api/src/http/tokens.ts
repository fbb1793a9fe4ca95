import { PORTS } from '@latarnik/domain';

/** What Nest takes from the composition's container. */
export const UNIT_OF_WORK = PORTS.unitOfWork;
export const CLOCK = PORTS.clock;
export const CODE_IMAGES = PORTS.codeImages;
export const TENANT_DIRECTORY = PORTS.tenantDirectory;
export const USE_CASES = Symbol('UseCases');

/** Of the API itself. */
export const LOG = Symbol('Log');
export const KNOWN_KEYS = Symbol('KnownKeys');
export const BODY_SPOOL = Symbol('BodySpool');
