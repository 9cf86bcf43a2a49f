/** What the two databases do not share. The queries are written for both; each of these takes out what one cannot read. */
import {
  AddColumnNode,
  type AlterTableColumnAlterationNode,
  AlterTableNode,
  type ColumnDefinitionNode,
  CreateTableNode,
  DataTypeNode,
  type KyselyPlugin,
  OperationNodeTransformer,
  RawNode,
  type RootOperationNode,
  type SelectQueryNode,
} from 'kysely';

/** A class, because kysely walks queries with one. */
class LockRemover extends OperationNodeTransformer {
  protected override transformSelectQuery(node: SelectQueryNode): SelectQueryNode {
    const { endModifiers, ...rest } = super.transformSelectQuery(node);
    return endModifiers === undefined ? { ...rest } : { ...rest, endModifiers: [] };
  }
}
const lockRemover = new LockRemover();

const untouched: Pick<KyselyPlugin, 'transformResult'> = { transformResult: async ({ result }) => result };

/** SQLite lets one writer in at a time, so it needs no `for share`, and has no words for it. */
export const withoutRowLocks: KyselyPlugin = {
  ...untouched,
  transformQuery: ({ node, queryId }) => lockRemover.transformNode(node, queryId),
};

const byCharacters = RawNode.createWithSql('text collate "C"');

const inOrderOfCharacters = (column: ColumnDefinitionNode): ColumnDefinitionNode =>
  DataTypeNode.is(column.dataType) && column.dataType.dataType === 'text'
    ? { ...column, dataType: byCharacters }
    : column;

const added = (alteration: AlterTableColumnAlterationNode): AlterTableColumnAlterationNode =>
  AddColumnNode.is(alteration) ? { ...alteration, column: inOrderOfCharacters(alteration.column) } : alteration;

const collated = (node: RootOperationNode): RootOperationNode =>
  CreateTableNode.is(node)
    ? { ...node, columns: node.columns.map(inOrderOfCharacters) }
    : AlterTableNode.is(node) && node.columnAlterations
      ? { ...node, columnAlterations: node.columnAlterations.map(added) }
      : node;

/** Ids and names sort by their characters, as they do in SQLite and DynamoDB, whatever language the database speaks. */
export const textByCharacters: KyselyPlugin = { ...untouched, transformQuery: ({ node }) => collated(node) };
