import type { Permission } from '@latarnik/domain';
import { SetMetadata } from '@nestjs/common';

export const NEEDS = 'latarnik:needs';

/** The permission a route needs; every route that is not public names exactly one. */
export const Needs = (permission: Permission): MethodDecorator & ClassDecorator => SetMetadata(NEEDS, permission);
