import { migrate } from '@latarnik/composition';

await migrate(process.env['DATABASE_URL'] ?? '');
