/**
 * The decoders that strangers' files may reach, by name and not by codec (`libdav1d`, `msmpeg4` for version 3). Names
 * that a build lacks are fine: 5.1 to 8.1 differ.
 */

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/** The web, phones, cameras, screens, editors, and what old files hold. */
const pictureDecoders = words(`
  h264 hevc vvc libvvdec vp8 libvpx vp9 libvpx-vp9 libdav1d libaom-av1 av1 mpeg1video mpegvideo mpeg2video mpeg4
  h261 h263 h263i h263p flv mjpeg mjpegb msmpeg4v1 msmpeg4v2 msmpeg4 wmv1 wmv2 wmv3 vc1 mss1 mss2 msrle msvideo1 vp3
  vp4 vp5 vp6 vp6f vp6a theora dirac svq1 svq3 cinepak qtrle rpza smc indeo2 indeo3 indeo4 indeo5 prores dnxhd cfhd
  dvvideo huffyuv ffvhuff ffv1 utvideo magicyuv lagarith hap flashsv flashsv2 camtasia v210 v308 v408 v410 rawvideo
  r210 r10k jpeg2000 libopenjpeg png apng gif bmp webp tiff zlib
`);

const soundDecoders = words(`
  aac aac_fixed aac_latm mp1 mp1float mp2 mp2float mp3 mp3float mp3adu mp3adufloat ac3 ac3_fixed eac3 ac4 dca truehd
  mlp s302m opus libopus vorbis libvorbis speex libspeex flac alac tta wavpack ape wmav1 wmav2 wmapro wmalossless
  wmavoice amrnb amrwb libopencore_amrnb libopencore_amrwb gsm gsm_ms libgsm libgsm_ms evrc qcelp qdm2 qdmc mace3
  mace6 nellymoser g722 g723_1 g726 g726le g729 pcm_alaw pcm_mulaw pcm_s8 pcm_u8 pcm_s16le pcm_s16be pcm_u16le
  pcm_u16be pcm_s24le pcm_s24be pcm_u24le pcm_u24be pcm_s32le pcm_s32be pcm_u32le pcm_u32be pcm_s64le pcm_s64be
  pcm_f32le pcm_f32be pcm_f64le pcm_f64be pcm_s8_planar pcm_s16le_planar pcm_s16be_planar pcm_s24le_planar
  pcm_s32le_planar pcm_bluray pcm_dvd dvaudio adpcm_ms adpcm_ima_wav adpcm_ima_qt adpcm_ima_amv adpcm_swf
  adpcm_yamaha adpcm_ct adpcm_g722 adpcm_g726 adpcm_ima_dk3 adpcm_ima_dk4 adpcm_sbpro_2 adpcm_sbpro_3 adpcm_sbpro_4
`);

/** Never mapped, but ffprobe opens every stream and refuses the whole file at the first one that is not listed. */
const textDecoders = words(`
  ssa ass srt subrip mov_text webvtt text microdvd dvdsub dvbsub pgssub xsub cc_dec libzvbi_teletextdec libaribb24
  libaribcaption
`);

export const allowedDecoders: readonly string[] = [...pictureDecoders, ...soundDecoders, ...textDecoders];
