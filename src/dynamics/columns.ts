/** Numbers that keep coming, in typed arrays that double: a few bytes each, where objects would take hundreds. */
export interface Column<T extends Int32Array | Float64Array> {
  length: number;
  data: T;
}

export function pushTo<T extends Int32Array | Float64Array>(column: Column<T>, value: number): void {
  if (column.length === column.data.length) {
    const larger = new (column.data.constructor as new (length: number) => T)(column.length * 2);
    larger.set(column.data);
    column.data = larger;
  }
  column.data[column.length++] = value;
}

export const integers = (): Column<Int32Array> => ({ length: 0, data: new Int32Array(64) });
export const floats = (): Column<Float64Array> => ({ length: 0, data: new Float64Array(64) });
