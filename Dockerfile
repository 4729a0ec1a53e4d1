# Build: docker build --tag vidpipe .
# Token: docker run --rm vidpipe token
# Run:   docker run --publish 127.0.0.1:8000:8000 --volume vidpipe:/data --env VIDPIPE_SERVER__AUTH_TOKEN=... vidpipe
# Once:  docker run --rm --volume vidpipe:/data vidpipe generate "A cat exploring Tokyo at night"
# Everything vidpipe keeps, and the config.yaml and .env it reads, are in /data.

FROM oven/bun:1.4.5-debian AS build
WORKDIR /build
COPY package.json bun.lock bunfig.toml ./
# Without the optional ffmpeg-static: the image has Debian's ffmpeg, which gets security updates.
RUN bun install --frozen-lockfile --omit=optional
COPY . .
RUN bun run build

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ffmpeg \
    && rm -rf /var/lib/apt/lists/*
RUN groupadd --gid 10001 vidpipe \
    && useradd --uid 10001 --gid vidpipe --no-create-home --home-dir /data --shell /usr/sbin/nologin vidpipe \
    && install --directory --owner=vidpipe --group=vidpipe --mode=0750 /data
COPY --from=build /build/dist/vidpipe /usr/local/bin/vidpipe
# A number, so that "must not run as root" can be checked without the image's user list.
USER 10001:10001
# Who mounts a folder there means it: its config.yaml and .env are named, not merely found.
ENV VIDPIPE_CONFIG_DIR=/data
WORKDIR /data
VOLUME /data
EXPOSE 8000
# The image has no curl; bash can speak HTTP. The port is fixed by CMD, so publish it under another one outside.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8000 && printf 'GET /api/health HTTP/1.0\\r\\nHost: 127.0.0.1:8000\\r\\n\\r\\n' >&3 && grep -q '\"status\":\"ok\"' <&3"]
ENTRYPOINT ["vidpipe"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
