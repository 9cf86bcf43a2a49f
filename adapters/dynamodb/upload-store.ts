/** Uploads in DynamoDB. */
import { Failure } from '#core/failures.ts';
import type { UploadStore } from '#core/ports/upload-store.ts';
import { isAbsent, tableAccess } from './access.ts';
import type { TableOptions } from './access.ts';
import { sortable, uploadItem, uploadKey, uploadOf, dueUploads } from './items.ts';
import { openIndex } from './table.ts';

export const dynamoUploadStore = (options: TableOptions): UploadStore => {
  const access = tableAccess(options);
  return {
    create: async (upload) => {
      const isWritten = await access.put([{ item: uploadItem(upload), condition: isAbsent }]);
      if (!isWritten) throw new Failure('conflict.state', { detail: 'The upload id was used before.' });
    },
    get: async (id) => {
      const item = await access.get(uploadKey(id));
      return item && uploadOf(item);
    },
    update: async (upload) => {
      const after = { ...upload, version: upload.version + 1 };
      const condition = {
        ConditionExpression: 'version = :version',
        ExpressionAttributeValues: { ':version': upload.version },
      };
      const isWritten = await access.put([{ item: uploadItem(after), condition }]);
      if (!isWritten) throw new Failure('conflict.state', { detail: 'The upload changed in the meantime.' });
      return after;
    },
    remove: (id) => access.remove(uploadKey(id)),
    overdue: async (now, limit) => {
      const query = {
        IndexName: openIndex,
        KeyConditionExpression: 'gsi2pk = :due AND gsi2sk < :now',
        ExpressionAttributeValues: { ':due': dueUploads, ':now': sortable(now) },
        Limit: limit,
      };
      return (await access.query(query, limit)).map((item) => String(item['id']));
    },
  };
};
