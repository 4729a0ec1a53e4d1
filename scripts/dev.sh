#!/bin/sh
# Runs vidpipe from this checkout, after installing what a fresh machine lacks: Bun (from the npm package `bun`,
# into .tools/), ffmpeg (from the system's package manager, where that is allowed) and the packages of bun.lock.
#   scripts/dev.sh generate "A cat in Tokyo"    any vidpipe command
#   scripts/dev.sh test|test:fast|test:full|test:mutants|check|build|bench|docs   a script of package.json
set -eu
project=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
bun_version=1.4.5

say() { printf '%s\n' "$*" >&2; }
die() { say "error: $*"; exit 2; }

# 1.4 or later of Bun 1: YAML, the type checker and the test runner's options are used.
is_fit() { case $("$1" --version 2>/dev/null || true) in 1.[4-9].*|1.[1-9][0-9].*) return 0 ;; *) return 1 ;; esac; }

find_bun() {
  if command -v bun >/dev/null 2>&1 && is_fit bun; then command -v bun; return; fi
  local_bun=$project/.tools/node_modules/.bin/bun
  if ! is_fit "$local_bun"; then
    command -v npm >/dev/null 2>&1 || die "neither Bun nor npm found. Install Bun 1.4 (https://bun.sh) or Node.js with npm, then run this again."
    say "Installing Bun $bun_version into .tools/ ..."
    npm install --prefix "$project/.tools" --no-save --no-audit --no-fund --loglevel=error "bun@$bun_version" >&2 ||
      die "npm could not install Bun. Install Bun 1.4 by hand (https://bun.sh), then run this again."
    # npm 11 does not run install scripts unasked; the package then still needs its own.
    is_fit "$local_bun" || (cd "$project/.tools/node_modules/bun" && node install.js >&2) || true
    is_fit "$local_bun" || die "the npm package 'bun' does not run on this machine. Install Bun 1.4 by hand (https://bun.sh)."
  fi
  printf '%s\n' "$local_bun"
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then sudo -n "$@"; else return 1; fi
}

ensure_ffmpeg() {
  if command -v ffmpeg >/dev/null 2>&1 && command -v ffprobe >/dev/null 2>&1; then return; fi
  if command -v apt-get >/dev/null 2>&1; then
    say "Installing ffmpeg with apt-get ..."
    if { as_root apt-get update -qq && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends ffmpeg; } >&2; then return; fi
  elif command -v brew >/dev/null 2>&1; then
    say "Installing ffmpeg with Homebrew ..."
    if brew install --quiet ffmpeg >&2; then return; fi
  fi
  die "ffmpeg is missing and could not be installed here. Debian/Ubuntu: sudo apt-get install ffmpeg; macOS: brew install ffmpeg; Windows: winget install Gyan.FFmpeg"
}

# The page's tests need it; without it they are skipped, and say so.
ensure_chromium() {
  for name in chromium chromium-browser google-chrome; do if command -v "$name" >/dev/null 2>&1; then return; fi; done
  command -v apt-get >/dev/null 2>&1 || return 0
  say "Installing Chromium for the page's tests with apt-get ..."
  { as_root apt-get update -qq && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } >&2 ||
    say "Chromium could not be installed: the page's tests will be skipped."
}

# More players for the films of the whole run: its tests fail without them.
ensure_players() {
  if command -v firefox-esr >/dev/null 2>&1 && command -v gst-launch-1.0 >/dev/null 2>&1; then return; fi
  command -v apt-get >/dev/null 2>&1 || die "the whole run plays films in Firefox ESR and GStreamer too: install firefox-esr and gst-launch-1.0"
  say "Installing Firefox ESR and GStreamer for the whole run with apt-get ..."
  players="firefox-esr gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-libav"
  # shellcheck disable=SC2086 # a list of packages
  { as_root apt-get update -qq && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $players; } >&2 ||
    die "Firefox ESR and GStreamer could not be installed; the whole run needs both."
}

bun=$(find_bun)
PATH=$(dirname -- "$bun"):$PATH
export PATH
ensure_ffmpeg
case ${1:-} in test | test:full) ensure_chromium ;; esac
case ${1:-} in test:full) ensure_players ;; esac
(cd "$project" && "$bun" install --frozen-lockfile --silent >&2) || die "the packages could not be installed: see the lines above."

case ${1:-} in
  test | test:full | test:fast | test:mutants | check | build | bench | docs) script=$1; shift; cd "$project"; exec "$bun" run --silent "$script" "$@" ;;
  # A planted .env, bunfig.toml or tsconfig.json in the current folder must not reach into Bun itself: vidpipe reads its
  # own `.env`.
  *) exec "$bun" --no-env-file --config="$project/bunfig.toml" --tsconfig-override="$project/tsconfig.json" \
    "$project/src/main.ts" "$@" ;;
esac
