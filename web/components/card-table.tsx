import type { Child } from 'hono/jsx';

export interface Column<Row> {
  head: string;
  /** The head stands before the cell on a narrow screen too; left out: the cell speaks for itself. */
  labelled?: true;
  /** The row is about it. */
  isRowHead?: true;
  class?: string | ((row: Row) => string | undefined);
  cell: (row: Row) => Child;
}

interface CardTableProps<Row> {
  columns: Column<Row>[];
  rows: readonly Row[];
  /** Id of its heading. */
  labelledBy?: string;
  /** Attributes `data-…` of a row. */
  dataOf?: (row: Row) => Record<`data-${string}`, string | undefined>;
}

const cellOf = <Row,>(row: Row, { head, labelled, isRowHead, cell, ...column }: Column<Row>) => {
  const asked = typeof column.class === 'function' ? column.class(row) : column.class;
  if (isRowHead)
    return (
      <th scope="row" role="rowheader" class={asked}>
        {cell(row)}
      </th>
    );
  return (
    <td role="cell" data-label={labelled && head} class={asked}>
      {cell(row)}
    </td>
  );
};

/**
 * A table on a wide screen, a card for each row on a narrow one. Its roles are spelled out: with
 * rows that are blocks a browser takes it for no table any more.
 */
export const CardTable = <Row,>({ columns, rows, labelledBy, dataOf }: CardTableProps<Row>) => (
  <table class="queue" role="table" aria-labelledby={labelledBy}>
    <thead role="rowgroup">
      <tr role="row">
        {columns.map(({ head }) => (
          <th scope="col" role="columnheader">
            {head}
          </th>
        ))}
      </tr>
    </thead>
    <tbody role="rowgroup">
      {rows.map((row) => (
        <tr role="row" {...dataOf?.(row)}>
          {columns.map((column) => cellOf(row, column))}
        </tr>
      ))}
    </tbody>
  </table>
);
