import type { Line, OrderLine } from './model/line.js';
import { decimal, type Hundredths, hundredths, multiply, subtract, toHundredths } from './money.js';

/** Net value of a line (P_11): as given, or quantity x price - discount, rounded once. */
export function netOf(line: Line | OrderLine): Hundredths | undefined {
  if (line.netAmount !== undefined) return hundredths(line.netAmount);
  if (line.quantity === undefined || line.unitNetPrice === undefined) return undefined;
  const product = multiply(decimal(line.quantity), decimal(line.unitNetPrice));
  const discount = 'discount' in line && line.discount !== undefined ? decimal(line.discount) : decimal('0');
  return toHundredths(subtract(product, discount));
}
