# The packed tool, as the release workflow makes it (`npm pack`, renamed to mirrorlock.tgz), and what it runs: git and ssh.
FROM node:24-bookworm-slim
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates git openssh-client \
  && rm -rf /var/lib/apt/lists/*
COPY mirrorlock.tgz /tmp/mirrorlock.tgz
RUN npm install --global --ignore-scripts --no-audit --no-fund /tmp/mirrorlock.tgz && rm /tmp/mirrorlock.tgz
USER node
WORKDIR /mirror
ENTRYPOINT ["mirrorlock"]
