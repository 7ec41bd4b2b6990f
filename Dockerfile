# The tool with Node and git, from the archive that `npm pack` makes: `npm pack --pack-destination release`, then `docker build .`.
# It has no npm and no skopeo: `apply --engine skopeo` needs an image of one's own.
FROM docker.io/library/node:26-bookworm-slim AS build

# What the package needs is bundled in dist/: its dependencies are for those who build it.
COPY release/mirrorlock-*.tgz /tmp/
RUN mkdir -p /opt/mirrorlock \
 && tar --extract --gzip --no-same-owner --file /tmp/mirrorlock-*.tgz --directory /opt/mirrorlock --strip-components 1

FROM docker.io/library/debian:bookworm-slim

LABEL org.opencontainers.image.title="mirrorlock" \
      org.opencontainers.image.description="A registry of your own, kept in step with Docker Official Images through pull requests" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.base.name="docker.io/library/debian:bookworm-slim"

# libatomic1: what Node's own builds need on some platforms.
# OpenShift runs an image as any user, of group 0: that group may write where the user may. A mirror repository that is
# mounted at /mirror may belong to another user than that of the container.
RUN apt-get update --quiet \
 && apt-get install --yes --quiet --no-install-recommends ca-certificates git libatomic1 \
 && rm -rf /var/lib/apt/lists/* \
 && mkdir -p /mirror /var/lib/mirrorlock/.cache \
 && chmod -R 0775 /mirror /var/lib/mirrorlock \
 && printf '[safe]\n\tdirectory = /mirror\n' > /etc/gitconfig

COPY --from=build /usr/local/LICENSE /usr/share/doc/nodejs/LICENSE
COPY --from=build /usr/local/bin/node /usr/local/bin/node
COPY --from=build /opt/mirrorlock /opt/mirrorlock
RUN ln -s /opt/mirrorlock/bin/mirrorlock.js /usr/local/bin/mirrorlock

ENV HOME=/var/lib/mirrorlock
# By number: Kubernetes cannot see that a name is not root's.
USER 1000:0
WORKDIR /mirror
ENTRYPOINT ["mirrorlock"]
CMD ["--help"]
