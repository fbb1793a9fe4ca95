/** One measured figure, beside the limit measured in the same run. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What the parts it is made of would allow on the same machine; absent where there is none. */
  readonly limit?: number;
  /** value / limit. */
  readonly ratio?: number;
}

/** Prints a figure as one JSON line. */
export function printFigure(figure: Figure): void {
  const { value, limit } = figure;
  const rounded = { ...figure, value: round(value) };
  const line = limit === undefined ? rounded : { ...rounded, limit: round(limit), ratio: round(value / limit) };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

const round = (value: number): number => Number(value.toPrecision(4));
