#!/bin/sh
# Builds Debian's FFmpeg, with Debian's security fixes, for the runner's image: with the libraries that Kinoduct uses and
# no others. Runs as root on a minimal Debian (layers/ffmpeg/Dockerfile) and leaves /ffmpeg.tar.xz. docs/image.md tells of it.
set -eu
export DEBIAN_FRONTEND=noninteractive

# The sources of whatever archives the base already trusts, in either of the two ways in which apt lists them.
for list in /etc/apt/sources.list.d/*.sources; do
  test ! -e "$list" || sed -i 's/^Types: deb$/Types: deb deb-src/' "$list"
done
test ! -e /etc/apt/sources.list || sed -n 's/^deb /deb-src /p' /etc/apt/sources.list > /etc/apt/sources.list.d/sources.list
apt-get update --quiet=2
apt-get upgrade --quiet=2
apt-get install --quiet=2 --no-install-recommends dpkg-dev gcc g++ libc6-dev make nasm patchelf pkgconf xz-utils \
  flite1-dev libass-dev libbz2-dev libdav1d-dev libfreetype-dev libfribidi-dev libharfbuzz-dev liblzma-dev libmp3lame-dev \
  libnuma-dev libopus-dev libsvtav1enc-dev libvorbis-dev libvpx-dev libwebp-dev libx264-dev libx265-dev libzimg-dev zlib1g-dev

mkdir /build
cd /build
# apt verifies the source by the signature of the archive.
apt-get source --quiet=2 ffmpeg
cd ffmpeg-*/
# Everything that is FFmpeg's own stays but its ways to a network, a device and a screen: lavfi is what makes sounds and pictures.
./configure --prefix=/usr --toolchain=hardened --extra-version="$(dpkg-parsechangelog --show-field Version | sed 's/.*-//')+kinoduct" \
  --enable-gpl --enable-shared --disable-static --disable-doc --disable-debug --disable-ffplay --disable-network \
  --disable-autodetect --disable-indevs --disable-outdevs --enable-indev=lavfi \
  --enable-bzlib --enable-iconv --enable-lzma --enable-zlib \
  --enable-libass --enable-libdav1d --enable-libflite --enable-libfreetype --enable-libfribidi --enable-libharfbuzz \
  --enable-libmp3lame --enable-libopus --enable-libsvtav1 --enable-libvorbis --enable-libvpx --enable-libwebp \
  --enable-libx264 --enable-libx265 --enable-libzimg
make --jobs="$(nproc)" --silent
make --silent install DESTDIR=/build/installed

# The programs, and every library that they load, the C library and its loader too: they run on any base.
cd /build
mkdir -p ffmpeg/bin ffmpeg/lib
cp installed/usr/bin/ffmpeg installed/usr/bin/ffprobe ffmpeg/bin/
LD_LIBRARY_PATH=/build/installed/usr/lib ldd ffmpeg/bin/* > ldd
sed -n 's/^.*=> \(\/[^ ]*\) .*$/\1/p; s/^\t\(\/[^ ]*\) .*$/\1/p' ldd | sort -u > loaded
while read -r library; do
  cp --dereference "$library" ffmpeg/lib/
  case "$library" in /build/*) ;; *) dpkg --search "*/$(basename "$library")" >> owners ;; esac
done < loaded
loader="$(basename "$(patchelf --print-interpreter ffmpeg/bin/ffmpeg)")"
strip --strip-unneeded ffmpeg/bin/* ffmpeg/lib/*
patchelf --force-rpath --set-rpath '$ORIGIN/../lib' --set-interpreter "/opt/lib/$loader" ffmpeg/bin/*
for library in ffmpeg/lib/*; do
  test "$library" = "ffmpeg/lib/$loader" || patchelf --force-rpath --set-rpath '$ORIGIN' "$library"
done

# Who hands the image on owes the licence of each part, and its source.
sed '/^diversion/d; s/:.*//' owners | sort -u > packages
cp ffmpeg-*/COPYING.* ffmpeg/
cp ffmpeg-*/debian/copyright ffmpeg/COPYING.ffmpeg
while read -r package; do cp "/usr/share/doc/$package/copyright" "ffmpeg/COPYING.$package"; done < packages
{
  echo 'Built by layers/ffmpeg/build.sh of Kinoduct from these packages of Debian (apt-get source NAME=VERSION; Debian keeps older ones in its snapshots):'
  (cd ffmpeg-*/ && dpkg-parsechangelog --show-field Version | sed 's/^/ffmpeg /')
  xargs dpkg-query --show --showformat '${source:Package} ${source:Version}\n' < packages | sort -u
} > ffmpeg/LICENSE.packages

tar --create --use-compress-program 'xz -6 -T0' --sort=name --owner=0 --group=0 --numeric-owner --file /ffmpeg.tar.xz ffmpeg
