# Latchkey in a container. Try it without one first: README has the two commands.
#
#   docker build -t latchkey .
#   (umask 077; echo "BETTER_AUTH_SECRET=$(openssl rand -base64 32)" > latchkey.env)     once: keep the file
#   docker run -p 8000:8000 -v latchkey:/data --env-file latchkey.env -e LATCHKEY_URL=https://tasks.example.com latchkey
#
# It also runs with --read-only: all that is ever written lies in /data. The program runs as user 10001, whom files that
# are mounted have to let in.
#
#   docker build -t latchkey-once -f Deploy/once/Dockerfile .     on top, for ONCE

FROM swift:6.3-bookworm AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends libsqlite3-dev libssl-dev libcrypt-dev zlib1g-dev libpq-dev libcurl4-openssl-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY Package.swift ./
COPY Sources ./Sources
COPY Tests ./Tests
RUN swift build -c release --static-swift-stdlib --traits TLS --product latchkey -Xswiftc -Xfrontend -Xswiftc -function-sections \
    && cp "$(swift build -c release --static-swift-stdlib --traits TLS --show-bin-path)/latchkey" /latchkey \
    && strip /latchkey

FROM debian:bookworm-slim
LABEL org.opencontainers.image.title="Latchkey" \
    org.opencontainers.image.description="A task list with accounts of its own" \
    org.opencontainers.image.licenses="MIT"
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ca-certificates libsqlite3-0 libssl3 libcrypt1 zlib1g libpq5 libcurl4 libstdc++6 tzdata \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin latchkey \
    && install -d -o latchkey -g latchkey -m 0700 /data
WORKDIR /app
COPY --from=build /latchkey /usr/local/bin/latchkey
COPY Templates ./Templates
COPY Public ./Public
COPY Sources/CPasswords/ORIGIN.md /usr/share/doc/latchkey/common-passwords.md
ENV HOST=:: \
    PORT=8000 \
    LATCHKEY_ENV=production \
    LATCHKEY_DATA=/data \
    LATCHKEY_ASSETS=/app
USER latchkey
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=5s CMD ["/usr/local/bin/latchkey", "health"]
ENTRYPOINT ["/usr/local/bin/latchkey"]
CMD ["serve"]
