import type { Permission } from '@latarnik/domain';
import { SetMetadata } from '@nestjs/common';

export const NEEDS = 'latarnik:needs';
export const PUBLIC = 'latarnik:public';
export const WITHIN_CONTEXTS = 'latarnik:within-contexts';

/** The permission a route needs; every route that is not public names exactly one. One that names none is closed. */
export const Needs = (permission: Permission): MethodDecorator & ClassDecorator => SetMetadata(NEEDS, permission);

/** Marks a route that needs no credential: health and the API description. */
export const Public = (): MethodDecorator & ClassDecorator => SetMetadata(PUBLIC, true);

/**
 * Opens a route to keys that are limited to contexts; all others are closed to them. `invoice`: `:id` names an invoice, which
 * must be of such a context. `request`: the route itself holds the request against `Caller.contexts`.
 */
export const WithinContexts = (by: 'invoice' | 'request'): MethodDecorator & ClassDecorator =>
  SetMetadata(WITHIN_CONTEXTS, by);
