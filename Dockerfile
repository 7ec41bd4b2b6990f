# The tool with git, from the archive that `npm pack` makes: `npm pack --pack-destination release`, then `docker build .`.
# No skopeo: `apply --engine skopeo` needs an image of one's own.
FROM node:24-bookworm-slim

RUN apt-get update --quiet \
 && apt-get install --yes --quiet --no-install-recommends ca-certificates git \
 && rm -rf /var/lib/apt/lists/*

# What the package needs is bundled in dist/: its dependencies are for those who build it.
COPY release/mirrorlock-*.tgz /tmp/
RUN mkdir -p /opt/mirrorlock \
 && tar --extract --gzip --file /tmp/mirrorlock-*.tgz --directory /opt/mirrorlock --strip-components 1 \
 && rm /tmp/mirrorlock-*.tgz \
 && ln -s /opt/mirrorlock/bin/mirrorlock.js /usr/local/bin/mirrorlock

USER node
WORKDIR /mirror
ENTRYPOINT ["mirrorlock"]
