/** How patient the client is. A deployment keeps these; tests shorten them. */
export interface WebLimits {
  readonly connectSeconds: number;
  /** Until an answer's headers are there, for each hop of a download. */
  readonly answerSeconds: number;
  /** Of a whole download, with all its redirects and resumptions. */
  readonly downloadSeconds: number;
  /** Less than this on the average of a window ends a download for good; nothing at all is a broken connection. */
  readonly minBytesPerSecond: number;
  readonly windowSeconds: number;
  /** So many connections may break one after the other without bringing anything new. */
  readonly tries: number;
  /** Before the first resumption; it doubles while nothing new comes. */
  readonly backoffSeconds: number;
}

/** A download ends before the 15 minutes of a Lambda function do. */
export const usualLimits: WebLimits = {
  connectSeconds: 10,
  answerSeconds: 30,
  downloadSeconds: 840,
  minBytesPerSecond: 4096,
  windowSeconds: 20,
  tries: 4,
  backoffSeconds: 0.5,
};
