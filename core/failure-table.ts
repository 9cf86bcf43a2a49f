/**
 * Every way a request, a job or a task can fail: the one table that feeds the HTTP status, the state
 * machine's Retry and Catch (`error.name` is the code), the job's `error` and `docs/reference/failures.md`.
 */
export type FailureRow = {
  /** What the HTTP API answers where the failure ends a request. */
  readonly status: number;
  /** True where the same work may succeed when it is done again, unchanged. */
  readonly retryable: boolean;
  readonly title: string;
  /** What the reader can do about it. */
  readonly remedy: string;
};

export const failureTable = {
  'input.not_found': {
    status: 422,
    retryable: false,
    title: 'An input does not exist',
    remedy: 'Check the id. An upload must be complete before a job can read it.',
  },
  'input.unreachable': {
    status: 422,
    retryable: true,
    title: 'An input could not be fetched',
    remedy: 'Check that the address answers, then retry the job.',
  },
  'input.forbidden_host': {
    status: 422,
    retryable: false,
    title: 'An input lies at an address that may not be read',
    remedy: 'Use a public http or https address, or upload the file.',
  },
  'input.not_media': {
    status: 422,
    retryable: false,
    title: 'An input is not a video, sound or picture file',
    remedy: 'Check that the file plays on your machine. Playlists, documents and archives are not accepted.',
  },
  'input.corrupt': {
    status: 422,
    retryable: false,
    title: 'An input is damaged',
    remedy: 'Export or upload the file again: it is truncated, encrypted or its content cannot be decoded.',
  },
  'input.no_video_stream': {
    status: 422,
    retryable: false,
    title: 'An input has no picture',
    remedy: 'Ask for an audio output, or set `when: "hasVideo"` on the output to skip it.',
  },
  'input.no_audio_stream': {
    status: 422,
    retryable: false,
    title: 'An input has no sound',
    remedy: 'Set `when: "hasAudio"` on the output to skip it, or choose another input.',
  },
  'input.too_large': {
    status: 422,
    retryable: false,
    title: 'An input is larger than this deployment allows',
    remedy: 'Send a smaller file, or raise the limit of the deployment.',
  },
  'input.too_long': {
    status: 422,
    retryable: false,
    title: 'An input is longer than this deployment allows',
    remedy: 'Trim it with `start` and `end`, or raise the limit of the deployment.',
  },
  'input.changed': {
    status: 422,
    retryable: false,
    title: 'An input changed while the job was running',
    remedy: 'Submit the job again; do not overwrite a file that a job reads.',
  },
  'spec.invalid': {
    status: 422,
    retryable: false,
    title: 'The request is not valid',
    remedy: 'Mend the fields that `errors` points at.',
  },
  'spec.cycle': {
    status: 422,
    retryable: false,
    title: 'Outputs are made from one another in a circle',
    remedy: 'Let one of the outputs in the circle come from an input.',
  },
  'spec.unknown_reference': {
    status: 422,
    retryable: false,
    title: 'A name is used that the job does not declare',
    remedy: 'Declare it under `inputs` or `outputs`, or correct its spelling.',
  },
  'spec.too_many_variants': {
    status: 422,
    retryable: false,
    title: 'The matrix has more variants than allowed',
    remedy: 'Remove values from an axis, exclude combinations, or raise `limits.maxVariants`.',
  },
  'spec.unsupported': {
    status: 422,
    retryable: false,
    title: 'This deployment cannot do that yet',
    remedy: 'Leave the named part out, or use one of the supported kinds that `detail` lists.',
  },
  'quota.user_daily': {
    status: 429,
    retryable: false,
    title: 'Your jobs of today are used up',
    remedy: 'Wait until the time in `Retry-After`, or ask for a higher quota.',
  },
  'quota.global_daily': {
    status: 429,
    retryable: false,
    title: 'The jobs of this deployment are used up for today',
    remedy: 'Wait until the time in `Retry-After`, or raise the quota of the deployment.',
  },
  'quota.concurrency': {
    status: 429,
    retryable: false,
    title: 'Too many jobs are running',
    remedy: 'Wait for one of them to end, then submit again.',
  },
  'limit.cost': {
    status: 422,
    retryable: false,
    title: 'The job would cost more than its limit',
    remedy: 'Raise `limits.maxUsd`, or ask for fewer or smaller outputs.',
  },
  'limit.time': {
    status: 422,
    retryable: false,
    title: 'The job ran longer than its limit',
    remedy: 'Raise `limits.maxSeconds`, or ask for fewer or faster outputs.',
  },
  'limit.storage': {
    status: 422,
    retryable: false,
    title: 'The worker ran out of scratch space',
    remedy: 'Send a smaller file, ask for fewer outputs in one job, or give the workers more disk.',
  },
  'encode.failed': {
    status: 422,
    retryable: false,
    title: 'FFmpeg could not make the output',
    remedy: 'Read `stderrTail`; run `repro` on your machine to see it happen.',
  },
  'encode.verify_failed': {
    status: 422,
    retryable: false,
    title: 'The output did not pass its check and was not published',
    remedy: 'The source is probably damaged or truncated: play it to its end, then upload it again.',
  },
  'provider.speech': {
    status: 502,
    retryable: true,
    title: 'The speech service failed',
    remedy: 'Retry the job; check the quota and the key of the speech service.',
  },
  'provider.drive': {
    status: 502,
    retryable: true,
    title: 'The delivery target failed',
    remedy: 'Retry the job; check the credentials and free space of the target.',
  },
  'provider.recognition': {
    status: 502,
    retryable: true,
    title: 'The service that recognises pictures and speech failed',
    remedy: 'Retry the job; check that the service is available in your region, and its quotas.',
  },
  'platform.timeout': {
    status: 504,
    retryable: true,
    title: 'A step took too long and was stopped',
    remedy: 'Retry the job.',
  },
  'platform.throttled': {
    status: 503,
    retryable: true,
    title: 'A service asked to slow down',
    remedy: 'Retry after a short while.',
  },
  'platform.capacity': {
    status: 503,
    retryable: true,
    title: 'No worker was free',
    remedy: 'Retry after a short while, or raise the concurrency of the deployment.',
  },
  'platform.internal': {
    status: 500,
    retryable: true,
    title: 'Something went wrong on our side',
    remedy: 'Retry; if it happens again, report it with the request id.',
  },
  'auth.missing': {
    status: 401,
    retryable: false,
    title: 'The request carries no credentials',
    remedy: 'Send `Authorization: Bearer <token>`.',
  },
  'auth.invalid': {
    status: 401,
    retryable: false,
    title: 'The credentials are not valid',
    remedy: 'Get a new token and send it as `Authorization: Bearer <token>`.',
  },
  'auth.forbidden': {
    status: 403,
    retryable: false,
    title: 'The request is not allowed',
    remedy: 'Use an account that may do this, and the address that the server printed.',
  },
  'auth.failed': {
    status: 401,
    retryable: false,
    title: 'Signing in failed',
    remedy: 'Check the e-mail address and the password; where a refresh token has ended, sign in again.',
  },
  'auth.challenge': {
    status: 403,
    retryable: false,
    title: 'Signing in needs a further step',
    remedy: 'Sign in on the page of managed login, which asks for a new password or a second factor.',
  },
  'auth.throttled': {
    status: 429,
    retryable: true,
    title: 'Too many attempts to sign in',
    remedy: 'Wait until the time in `Retry-After`, then try again.',
  },
  'conflict.idempotency': {
    status: 422,
    retryable: false,
    title: 'The idempotency key was used for another request',
    remedy: 'Use a new `Idempotency-Key` for a new request.',
  },
  'conflict.in_progress': {
    status: 409,
    retryable: true,
    title: 'The same request is still being answered',
    remedy: 'Wait a moment and send it again with the same `Idempotency-Key`.',
  },
  'conflict.state': {
    status: 409,
    retryable: false,
    title: 'That is not possible in the present state',
    remedy: 'Read the job or upload again and act on its present status.',
  },
  'conflict.plan': {
    status: 409,
    retryable: false,
    title: 'The plan is not the one that was expected',
    remedy: 'Look at the plan again with `POST /v1/plans` and send its hash, or leave `expectPlan` out.',
  },
  'conflict.exists': {
    status: 409,
    retryable: false,
    title: 'There is one of that name already',
    remedy: 'Use the one that is there, or choose another name.',
  },
  'request.too_large': {
    status: 413,
    retryable: false,
    title: 'The request body is too large',
    remedy: 'Send media through `POST /v1/uploads`, never through the API itself.',
  },
  'request.malformed': {
    status: 400,
    retryable: false,
    title: 'The request could not be read',
    remedy: 'Send a JSON body with `Content-Type: application/json`.',
  },
  'request.misdirected': {
    status: 421,
    retryable: false,
    title: 'The request is for another server',
    remedy: 'Use the address that the server printed when it started.',
  },
  'request.method_not_allowed': {
    status: 405,
    retryable: false,
    title: 'The method is not allowed here',
    remedy: 'Use one of the methods in the `Allow` header.',
  },
  not_found: {
    status: 404,
    retryable: false,
    title: 'There is no such thing here',
    remedy: 'Check the path and the id.',
  },
} as const satisfies Record<string, FailureRow>;
