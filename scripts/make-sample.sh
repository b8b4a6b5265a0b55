#!/bin/sh
# Makes the simulator's built-in sample: 12 s of H.264 (640x360, a key frame every 2 s, a running counter) and
# AAC, as an ffmpeg producer would send it. Needs ffmpeg with libx264 and drawtext; the result is committed.
# Bars that stand still keep it small: it is half of what is downloaded with the package.
set -eu
out="$(dirname "$0")/../src/simulator/media/samples/sample.mkv"
mkdir -p "$(dirname "$out")"
# -bitexact and one thread: the same ffmpeg makes the same bytes. No B-frames, as live cameras send none.
ffmpeg -hide_banner -loglevel error -y \
  -f lavfi -i 'smptehdbars=size=640x360:rate=25:duration=12' \
  -f lavfi -i 'sine=frequency=440:beep_factor=4:sample_rate=48000:duration=12' \
  -map 0:v -map 1:a \
  -vf "drawtext=text='%{pts\:hms}  frame %{n}':x=(w-text_w)/2:y=h-60:fontsize=36:fontcolor=white:box=1:boxcolor=black@0.6:boxborderw=8,format=yuv420p" \
  -c:v libx264 -threads 1 -preset slow -tune zerolatency -profile:v main -crf 28 \
  -g 50 -keyint_min 50 -sc_threshold 0 \
  -c:a aac -b:a 24k -ac 1 \
  -map_metadata -1 -fflags +bitexact -flags:v +bitexact -flags:a +bitexact \
  -metadata:s:v title=camera -metadata:s:a title=microphone \
  -f matroska "$out"
ls -l "$out"
