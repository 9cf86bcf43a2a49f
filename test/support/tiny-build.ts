/**
 * A `.tar.xz` of 316 bytes in the shape of a pinned FFmpeg build: `x/bin/ffmpeg` and `x/bin/ffprobe`, shell scripts
 * that tell version 8.1.3-test, owned by a strange user, without their executable bit; and a symbolic link `x/ffplay`.
 */
import { createHash } from 'node:crypto';

export const tinyBuild: Buffer = Buffer.from(
  '/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4Cf/APtdADwLvBunjDRE4cIPKemhhbZLjl6G23oOSr6Qd4ex3Z8ozXFxvLdHDS50lC4182qFkEj5fSgni8UCuCPakJLu+YOo+9QXCSDo1yCM3XDLbJWs5V5q0seszqwxb7UF1I6mrT274PTvMQUAhOYZdhtjyLS+4S9ZM2EU9fp7MSOhTSri6K9rsz99OafU5gGM1fgB3M63/RposFV5OqdjbWLf1Qpz8ROUnH+GG7dzJdfsiXLbcPNcnjxf45YpBec9jRmMSgpsInEOhYXHryZX6b2SqrSKYOCCkgqv4d715wepNZLqIhJ3LA4m3DCyHSfJ+4KKA6ZuCW/8LuJdtD8eAAD2pGtGub0YIwABlwKAUAAAzTkTOLHEZ/sCAAAAAARZWg==',
  'base64',
);

export const tinyBuildSha256: string = createHash('sha256').update(tinyBuild).digest('hex');
