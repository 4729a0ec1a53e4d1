#!/usr/bin/env bash
# Makes the fixtures of this release with its own program: make.sh VIDPIPE GOOGLE_FAKE
# VIDPIPE is the compiled program, GOOGLE_FAKE its test/support/google-fake/main.ts. See ../README.md.
set -euo pipefail
vidpipe=$1
google_fake=$2
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
fake=
finish() {
  if [ -n "$fake" ]; then kill "$fake"; fi
  rm -rf "$work"
}
trap finish EXIT
cd "$work"

run() { env -i PATH="$PATH" HOME="$work" "${google[@]}" "$vidpipe" "$@"; }
id_of() { run list --json | head -1 | sed 's/.*"project_id":"\([^"]*\)".*/\1/'; }
picture() { ffmpeg -v error -f lavfi -i "color=c=$1:s=256x256" -frames:v 1 "$1.png"; }
google=(NONE=)
for color in teal orange maroon navy; do picture "$color"; done

# The library.
run library add Mika --description "A black cat with one white paw" --picture maroon.png
run library add Harbour --kind place --description "Red cranes in fog: a harbour's own \"noise\""
rm -rf "$here/library"
cp -r vidpipe-data/library "$here/library"

# A film of the offline provider with own stills and a transition ...
run generate "Mika finds a lantern. Dawn breaks over the Harbour." --cast Mika,Harbour --scenes 2 --seed 7 \
  --provider animatic --clip-duration 2 --aspect-ratio 1:1 --start-image teal.png --until storyboard
film=$(id_of)
run still "$film" --keyframe 2 --image orange.png
run still "$film" --keyframe 3 --image navy.png
# ... a fork of it that stopped at its animatic ...
run fork "$film" --until animatic
# ... and itself finished, then changed by a retake that was picked.
run storyboard "$film" |
  sed 's/^    # transition:.*/    transition: {kind: dip, seconds: 0.5}/' >edited.yaml
run storyboard "$film" --import edited.yaml
run resume "$film"
run retake "$film" --scene 2 --seed 8
run pick "$film" --scene 2 --take 2
run storyboard "$film" >"$here/storyboard.yaml"
run storyboard "$film" --json >"$here/storyboard.json"

# One that stopped at its stills, the last of them drawn.
run generate "A lighthouse in a storm." --scenes 1 --provider animatic --clip-duration 2 --aspect-ratio 1:1 \
  --start-image navy.png --until keyframes

# One of the other provider, with a ledger.
bun "$google_fake" --folder "$work/google" >hello.json &
fake=$!
until grep -q url hello.json; do sleep 0.1; done
google=(
  GEMINI_API_KEY="$(sed 's/.*"api_key":"\([^"]*\)".*/\1/' hello.json)"
  GOOGLE_GEMINI_BASE_URL="$(sed 's/.*"url":"\([^"]*\)".*/\1/' hello.json)"
  VIDPIPE_GOOGLE_CLOUD__RESOLUTION=360p VIDPIPE_PIPELINE__VIDEO_POLL_INTERVAL=0.1
  VIDPIPE_MODELS__VIDEO_GEN=gemini-omni-1.2-flash
)
run generate "A cat finds a lantern in the harbour" --provider google --scenes 2 --clip-duration 3 --crossfade 0.5 \
  --reference lantern=orange.png --max-cost 20 --yes
bought=$(id_of)
run retake "$bought" --scene 1 --seed 8 --pick --yes
run export "$bought" --bundle "$here/film.vidpipe"

rm -f "$here/vidpipe.db"
run backup "$here/vidpipe.db"
rm -rf "$here/films"
mkdir "$here/films"
# The files of the bought film are those of its bundle; a public name is a second name of a file that is there.
rm -r "vidpipe-data/films/$bought"
cp -r vidpipe-data/films/*-*-* "$here/films/"
rm "$here"/films/*/final.mp4 "$here"/films/*/animatic.mp4
