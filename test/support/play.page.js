/**
 * Runs in the page of players.ts, beside hls.js and dash.js: plays to the end at twice the speed, the first quarter in one
 * rendition and the rest in another. Both are counted from the smallest.
 */
globalThis.play = async ({ player, url, token, from, to }) => {
  const video = document.querySelector('video');
  const { Hls, dashjs } = globalThis;
  const errors = [];
  const wait = async (what, holds) => {
    for (let n = 0; n < 300; n += 1) {
      if (holds()) return;
      if (errors.length > 0) throw new Error(errors.join('; '));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(
      `${what} did not come about at ${video.currentTime} s of ${video.duration}; ready ${video.readyState}, paused ${video.paused}, seeking ${video.seeking}, lines ${video.videoHeight}`,
    );
  };
  // Not awaited: the promise of a play that a seek interrupts may never settle.
  const play = () => void video.play().catch(() => undefined);
  video.addEventListener('error', () => errors.push(`video: ${video.error?.message}`));
  const withToken = { Authorization: `Bearer ${token}` };

  const hls = async () => {
    const made = new Hls({
      enableWorker: false,
      autoStartLoad: false,
      xhrSetup: (xhr) => void (token && xhr.setRequestHeader('Authorization', withToken.Authorization)),
    });
    made.on(Hls.Events.ERROR, (_, data) => {
      // What a change of rendition breaks off, and what a slow machine waits for, is no fault of the stream.
      if (data.fatal || !/^(aborted|buffer(Stalled|Nudge).*)$/.test(data.details))
        errors.push(`${data.details} ${data.reason ?? ''}`);
    });
    made.loadSource(url);
    made.attachMedia(video);
    await wait('the list of levels', () => made.levels.length > 0);
    const heights = made.levels.map(({ height }) => height);
    return {
      heights,
      start: (n) => {
        made.startLevel = n;
        made.loadLevel = n;
        made.startLoad();
      },
      choose: (n) => void (made.currentLevel = n),
      end: () => made.destroy(),
    };
  };
  const dash = async () => {
    const made = dashjs.MediaPlayer().create();
    made.updateSettings({
      streaming: { abr: { autoSwitchBitrate: { video: false } }, buffer: { fastSwitchEnabled: true } },
    });
    if (token)
      made.addRequestInterceptor((request) =>
        Promise.resolve(Object.assign(request, { headers: { ...request.headers, ...withToken } })),
      );
    made.on('error', ({ error }) => errors.push(`dash: ${error.message}`));
    made.initialize(video, url, false);
    await wait('the list of representations', () =>
      made.isReady() ? made.getRepresentationsByType('video').length > 0 : false,
    );
    const heights = made.getRepresentationsByType('video').map(({ height }) => height);
    const choose = (n) => void made.setRepresentationForTypeByIndex('video', n, true);
    return {
      heights,
      start: choose,
      choose,
      end: () => made.reset(),
    };
  };

  const { heights, start, choose, end } = player === 'hls' ? await hls() : await dash();
  // Both players sort renditions by their rate.
  const showing = (n) => video.videoHeight === heights[n] && video.readyState >= 2;
  const chosen = [from % heights.length, to % heights.length];
  start(chosen[0]);
  await wait(`a picture of ${heights[chosen[0]]} lines`, () => showing(chosen[0]));
  video.playbackRate = 2;
  play();
  await wait('a quarter of it', () => video.currentTime >= video.duration / 4 || video.ended);
  choose(chosen[1]);
  await wait('the end', () => {
    // A player pauses while it changes, and on a slow machine may forget that it did: as a viewer would.
    if (video.paused && !video.ended) play();
    return video.ended;
  });
  const seen = [heights[chosen[0]], video.videoHeight];
  const { corruptedVideoFrames: corrupted, totalVideoFrames: frames } = video.getVideoPlaybackQuality();
  const watched = { heights, seen, endedAt: video.currentTime, duration: video.duration, corrupted, frames, errors };
  end();
  return watched;
};
