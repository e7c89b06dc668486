import type { Child } from 'hono/jsx';

export interface Column<Row> {
  head: string;
  // The header is repeated before the cell on a narrow screen.
  labelled?: true;
  isRowHead?: true;
  class?: string | ((row: Row) => string | undefined);
  cell: (row: Row) => Child;
}

interface CardTableProps<Row> {
  columns: Column<Row>[];
  rows: readonly Row[];
  labelledBy?: string;
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

// A table on a wide screen, a card for each row on a narrow one. Roles are explicit, because
// browsers drop the table semantics of rows that are blocks.
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
