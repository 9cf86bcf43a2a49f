import { useEffect, useState } from 'preact/hooks';
import { openFile } from './api.ts';

/** The signed address of a file, once it is known. */
export const useAddress = (file: string | undefined): string | undefined => {
  const [address, setAddress] = useState<string | undefined>(undefined);
  useEffect(() => {
    let isWanted = true;
    if (file !== undefined)
      openFile(file, 'inline').then(
        (url) => isWanted && setAddress(url),
        () => undefined, // the file can still be downloaded, and then it is told what is wrong
      );
    return () => {
      isWanted = false;
    };
  }, [file]);
  return address;
};
